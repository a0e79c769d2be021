#include "handlers/identity/random_token.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <array>

namespace throughline {

namespace {

constexpr std::size_t token_bytes = 32;

} // namespace

std::string random_token() {
    std::array<unsigned char, token_bytes> bytes{};
    randombytes_buf(bytes.data(), bytes.size());
    std::array<char,
               sodium_base64_ENCODED_LEN(token_bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING)>
        text{};
    sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return text.data();
}

std::string token_hash(const std::string& token) {
    std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(token.data()),
                       token.size());
    return fmt::format("{:02x}", fmt::join(digest, ""));
}

} // namespace throughline
