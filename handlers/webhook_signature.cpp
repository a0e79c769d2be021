#include "handlers/webhook_signature.hpp"

#include <sodium.h>

#include <array>
#include <stdexcept>

namespace throughline {

namespace {

constexpr std::string_view secret_prefix = "whsec_";
constexpr std::size_t key_bytes = 32;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

} // namespace

std::string webhook_signature(std::string_view key, std::string_view id, std::string_view timestamp,
                              std::string_view body) {
    std::array<unsigned char, crypto_auth_hmacsha256_BYTES> sum{};
    crypto_auth_hmacsha256_state state{};
    crypto_auth_hmacsha256_init(&state, bytes_of(key), key.size());
    for (const std::string_view part :
         {id, std::string_view("."), timestamp, std::string_view("."), body})
        crypto_auth_hmacsha256_update(&state, bytes_of(part), part.size());
    crypto_auth_hmacsha256_final(&state, sum.data());
    std::array<char, sodium_base64_ENCODED_LEN(crypto_auth_hmacsha256_BYTES,
                                               sodium_base64_VARIANT_ORIGINAL)>
        encoded{};
    sodium_bin2base64(encoded.data(), encoded.size(), sum.data(), sum.size(),
                      sodium_base64_VARIANT_ORIGINAL);
    return std::string("v1,") + encoded.data();
}

std::string new_webhook_secret() {
    std::array<unsigned char, key_bytes> key{};
    randombytes_buf(key.data(), key.size());
    std::array<char, sodium_base64_ENCODED_LEN(key_bytes, sodium_base64_VARIANT_ORIGINAL)> text{};
    sodium_bin2base64(text.data(), text.size(), key.data(), key.size(),
                      sodium_base64_VARIANT_ORIGINAL);
    return std::string(secret_prefix) + text.data();
}

std::string webhook_key(std::string_view secret) {
    if (!secret.starts_with(secret_prefix))
        throw std::runtime_error("the secret of webhooks is kept in another form");
    const std::string_view text = secret.substr(secret_prefix.size());
    std::string key(text.size(), '\0');
    std::size_t size = 0;
    if (sodium_base642bin(reinterpret_cast<unsigned char*>(key.data()), key.size(), text.data(),
                          text.size(), nullptr, &size, nullptr,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        throw std::runtime_error("the secret of webhooks is kept in another form");
    key.resize(size);
    return key;
}

} // namespace throughline
