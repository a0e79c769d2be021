#include "api/session/jws.hpp"

#include "domain/base64url.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <stdexcept>

namespace throughline {

namespace {

constexpr std::size_t max_token_bytes = 8192;

std::string hmac_sha256(std::string_view text, std::string_view secret) {
    std::array<unsigned char, 32> out{};
    unsigned int size = 0;
    if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
             reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(),
             &size) == nullptr)
        throw std::runtime_error("HMAC failed");
    return {reinterpret_cast<const char*>(out.data()), size};
}

std::optional<JsonObject> read_object(std::string_view segment) {
    const auto bytes = from_base64url(segment);
    if (!bytes) return std::nullopt;
    auto read = read_json(*bytes);
    const auto* json = std::get_if<Json>(&read);
    if (json == nullptr || json->object() == nullptr) return std::nullopt;
    return *json->object();
}

/// HS256 and nothing that we would have to understand: no `crit` (RFC 7515 section 4.1.11), no
/// unencoded payload (RFC 7797). Keys named in the header (jwk, jku, kid, …) are ignored.
bool is_taken(const JsonObject& header) {
    const Json* algorithm = header.find("alg");
    const Json* type = header.find("typ");
    return algorithm != nullptr && *algorithm == Json("HS256") &&
           (type == nullptr || *type == Json("JWT")) && !header.contains("crit") &&
           !header.contains("b64");
}

} // namespace

std::string sign_jws(std::string_view payload, std::string_view secret) {
    return sign_segments(base64url(R"({"alg":"HS256","typ":"JWT"})") + "." + base64url(payload),
                         secret);
}

std::string sign_segments(const std::string& segments, std::string_view secret) {
    return segments + "." + base64url(hmac_sha256(segments, secret));
}

std::optional<JsonObject> verify_jws(std::string_view token, std::string_view secret) {
    const auto first = token.find('.');
    const auto last = token.rfind('.');
    if (token.size() > max_token_bytes || first == last || token.find('.', first + 1) != last)
        return std::nullopt;
    const auto signature = from_base64url(token.substr(last + 1));
    const std::string expected = hmac_sha256(token.substr(0, last), secret);
    if (!signature || signature->size() != expected.size() ||
        CRYPTO_memcmp(signature->data(), expected.data(), expected.size()) != 0)
        return std::nullopt;
    const auto header = read_object(token.substr(0, first));
    if (!header || !is_taken(*header)) return std::nullopt;
    return read_object(token.substr(first + 1, last - first - 1));
}

} // namespace throughline
