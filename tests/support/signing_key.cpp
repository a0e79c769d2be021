#include "tests/support/signing_key.hpp"

#include "domain/base64url.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include <array>
#include <stdexcept>
#include <vector>

namespace throughline {

namespace {

constexpr int coordinate_bytes = 32;

void demand(bool done) {
    if (!done) throw std::runtime_error("OpenSSL cannot make a test's key or signature");
}

std::string bytes_of(const BIGNUM& number, int size) {
    std::vector<unsigned char> bytes(static_cast<std::size_t>(size));
    demand(BN_bn2binpad(&number, bytes.data(), size) == size);
    return {bytes.begin(), bytes.end()};
}

std::string parameter(EVP_PKEY& key, const char* name, int size = 0) {
    BIGNUM* number = nullptr;
    demand(EVP_PKEY_get_bn_param(&key, name, &number) == 1);
    const std::unique_ptr<BIGNUM, void (*)(BIGNUM*)> owned(number, BN_free);
    return base64url(bytes_of(*number, size == 0 ? BN_num_bytes(number) : size));
}

std::string as_r_and_s(const std::string& der) {
    const auto* data = reinterpret_cast<const unsigned char*>(der.data());
    const std::unique_ptr<ECDSA_SIG, void (*)(ECDSA_SIG*)> pair(
        d2i_ECDSA_SIG(nullptr, &data, static_cast<long>(der.size())), ECDSA_SIG_free);
    demand(pair != nullptr);
    return bytes_of(*ECDSA_SIG_get0_r(pair.get()), coordinate_bytes) +
           bytes_of(*ECDSA_SIG_get0_s(pair.get()), coordinate_bytes);
}

} // namespace

SigningKey::SigningKey(evp_pkey_st* key) : key_(key, EVP_PKEY_free) { demand(key != nullptr); }

SigningKey SigningKey::rsa(unsigned bits) {
    return SigningKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(bits)));
}

SigningKey SigningKey::ec() {
    return SigningKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
}

std::string_view SigningKey::algorithm() const {
    return EVP_PKEY_is_a(key_.get(), "RSA") == 1 ? "RS256" : "ES256";
}

JsonObject SigningKey::jwk(const std::string& id) const {
    JsonObject jwk;
    if (!id.empty()) jwk.append("kid", id);
    if (algorithm() == "RS256") {
        jwk.append("kty", "RSA");
        jwk.append("n", parameter(*key_, OSSL_PKEY_PARAM_RSA_N));
        jwk.append("e", parameter(*key_, OSSL_PKEY_PARAM_RSA_E));
        return jwk;
    }
    jwk.append("kty", "EC");
    jwk.append("crv", "P-256");
    jwk.append("x", parameter(*key_, OSSL_PKEY_PARAM_EC_PUB_X, coordinate_bytes));
    jwk.append("y", parameter(*key_, OSSL_PKEY_PARAM_EC_PUB_Y, coordinate_bytes));
    return jwk;
}

std::string SigningKey::signature(std::string_view text, bool as_jws) const {
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                     EVP_MD_CTX_free);
    const auto* data = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t size = 0;
    demand(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
           EVP_DigestSign(context.get(), nullptr, &size, data, text.size()) == 1);
    std::string signature(size, '\0');
    demand(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                          data, text.size()) == 1);
    signature.resize(size);
    return algorithm() == "ES256" && as_jws ? as_r_and_s(signature) : signature;
}

std::string SigningKey::token(std::string_view header, std::string_view payload) const {
    const std::string segments = base64url(header) + "." + base64url(payload);
    return segments + "." + base64url(signature(segments));
}

std::string SigningKey::token(const std::string& id, const JsonObject& claims) const {
    const JsonObject header{{"alg", algorithm()}, {"typ", "JWT"}, {"kid", id}};
    return token(to_text(header), to_text(claims));
}

std::string key_set_text(JsonArray keys) { return to_text(JsonObject{{"keys", std::move(keys)}}); }

} // namespace throughline
