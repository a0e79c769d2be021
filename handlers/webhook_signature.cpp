#include "handlers/webhook_signature.hpp"

#include <sodium.h>

#include <array>

namespace throughline {

namespace {

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

} // namespace throughline
