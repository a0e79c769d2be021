#include "api/session/verification_key.hpp"

#include "domain/base64url.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace throughline {

namespace {

constexpr std::size_t least_secret_bytes = 32;
constexpr int least_rsa_bits = 2048;
constexpr int most_rsa_bits = 16384;         // as OpenSSL checks signatures with
constexpr std::size_t coordinate_bytes = 32; // P-256
constexpr std::string_view hs256 = "HS256";
constexpr std::string_view rs256 = "RS256";
constexpr std::string_view es256 = "ES256";

template <auto free_it> struct Free {
    template <class T> void operator()(T* pointer) const { free_it(pointer); }
};
template <class T, auto free_it> using Owned = std::unique_ptr<T, Free<free_it>>;
using Number = Owned<BIGNUM, BN_free>;
using PublicKey = std::shared_ptr<EVP_PKEY>;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

Number number_of(std::string_view bytes) {
    return Number(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

Rejection unusable(std::string detail) { return {Refusal::invalid, std::move(detail)}; }

/// The bytes of a base64url member; empty where it is missing or broken.
std::string bytes_in(const Json& jwk, std::string_view name) {
    return from_base64url(jwk.text(name)).value_or("");
}

/// Nothing where OpenSSL does not take the parts for a key of that type.
PublicKey make_key(const char* type, OSSL_PARAM_BLD& parts) {
    const Owned<OSSL_PARAM, OSSL_PARAM_free> params(OSSL_PARAM_BLD_to_param(&parts));
    const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(
        EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* key = nullptr;
    if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
        return nullptr;
    return {key, EVP_PKEY_free};
}

/// An exponent of one would make every message its own signature.
Result<PublicKey> rsa_key(const Json& jwk) {
    const Number n = number_of(bytes_in(jwk, "n"));
    const Number e = number_of(bytes_in(jwk, "e"));
    if (!n || !e || BN_is_zero(n.get()) || !BN_is_odd(e.get()) || BN_is_one(e.get()))
        return unusable("its n or e is none of an RSA key");
    const int bits = BN_num_bits(n.get());
    if (bits < least_rsa_bits || bits > most_rsa_bits)
        return unusable("its modulus has " + std::to_string(bits) + " bits, not 2048 or more");
    const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> parts(OSSL_PARAM_BLD_new());
    PublicKey key;
    if (parts && OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
        OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1)
        key = make_key("RSA", *parts);
    if (!key) return unusable("it is no RSA key");
    return key;
}

Result<PublicKey> ec_key(const Json& jwk) {
    const std::string x = bytes_in(jwk, "x");
    const std::string y = bytes_in(jwk, "y");
    if (jwk.text("crv") != "P-256" || x.size() != coordinate_bytes || y.size() != coordinate_bytes)
        return unusable("it is no point of P-256");
    const std::string point = "\x04" + x + y;
    const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> parts(OSSL_PARAM_BLD_new());
    PublicKey key;
    if (parts &&
        OSSL_PARAM_BLD_push_utf8_string(parts.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(parts.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                         point.size()) == 1)
        key = make_key("EC", *parts);
    const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> check(
        key ? EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr) : nullptr);
    if (!check || EVP_PKEY_public_check(check.get()) != 1)
        return unusable("it is no point of P-256");
    return key;
}

/// Whether an optional member is as wanted.
bool is_or_is_missing(const Json& jwk, std::string_view name, std::string_view wanted) {
    const Json* member = jwk.find(name);
    return member == nullptr || *member == Json(wanted);
}

bool may_verify(const Json& jwk) {
    const Json* operations = jwk.find("key_ops");
    if (operations == nullptr) return true;
    const JsonArray* list = operations->array();
    return list != nullptr && std::ranges::find(*list, Json("verify")) != list->end();
}

/// R and S side by side, as the DER that OpenSSL takes; empty where it is none.
std::string der_of(std::string_view signature) {
    if (signature.size() != 2 * coordinate_bytes) return {};
    Number r = number_of(signature.substr(0, coordinate_bytes));
    Number s = number_of(signature.substr(coordinate_bytes));
    const Owned<ECDSA_SIG, ECDSA_SIG_free> pair(ECDSA_SIG_new());
    if (!r || !s || !pair || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return {};
    static_cast<void>(r.release());
    static_cast<void>(s.release());
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(pair.get(), &der);
    const Owned<unsigned char, [](void* p) { OPENSSL_free(p); }> freed(der);
    return size <= 0
               ? std::string()
               : std::string(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
}

bool is_signed(EVP_PKEY& key, std::string_view text, std::string_view signature) {
    const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    return context &&
           EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, &key) == 1 &&
           EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text),
                            text.size()) == 1;
}

} // namespace

std::string hmac_sha256(std::string_view text, std::string_view secret) {
    std::array<unsigned char, 32> out{};
    unsigned int size = 0;
    if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes_of(text),
             text.size(), out.data(), &size) == nullptr)
        throw std::runtime_error("HMAC failed");
    return {reinterpret_cast<const char*>(out.data()), size};
}

VerificationKey::VerificationKey(std::string_view algorithm, std::string secret,
                                 std::shared_ptr<evp_pkey_st> public_key)
    : algorithm_(algorithm), secret_(std::move(secret)), public_key_(std::move(public_key)) {}

Result<VerificationKey> VerificationKey::of_secret(std::string secret) {
    if (secret.size() < least_secret_bytes) return unusable("it has less than 32 bytes");
    return VerificationKey(hs256, std::move(secret), nullptr);
}

Result<VerificationKey> VerificationKey::of_members(const Json& jwk) {
    const std::string type = jwk.text("kty");
    if (type == "oct") return of_secret(bytes_in(jwk, "k"));
    if (type != "RSA" && type != "EC") return unusable("its kty is none of oct, RSA and EC");
    auto key = type == "RSA" ? rsa_key(jwk) : ec_key(jwk);
    if (!key) return key.error();
    return VerificationKey(type == "RSA" ? rs256 : es256, "", std::move(*key));
}

Result<VerificationKey> VerificationKey::of_jwk(const Json& jwk) {
    auto key = of_members(jwk);
    if (!key) return key.error();
    if (!is_or_is_missing(jwk, "alg", key->algorithm()))
        return unusable("its alg is not " + std::string(key->algorithm()));
    if (!is_or_is_missing(jwk, "use", "sig") || !may_verify(jwk))
        return unusable("it is not for signatures");
    const Json* id = jwk.find("kid");
    if (id != nullptr && id->string() == nullptr) return unusable("its kid is no text");
    key->id_ = jwk.text("kid");
    return key;
}

bool VerificationKey::verifies(std::string_view text, std::string_view signature) const {
    if (is_secret()) {
        const std::string expected = hmac_sha256(text, secret_);
        return signature.size() == expected.size() &&
               CRYPTO_memcmp(signature.data(), expected.data(), expected.size()) == 0;
    }
    if (algorithm_ == rs256) return is_signed(*public_key_, text, signature);
    const std::string der = der_of(signature);
    return !der.empty() && is_signed(*public_key_, text, der);
}

} // namespace throughline
