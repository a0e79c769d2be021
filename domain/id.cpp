#include "domain/id.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <stdexcept>

namespace throughline {

namespace {

constexpr std::size_t timestamp_bytes = 6;

void stamp(Uuid& id, unsigned version) {
    id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0Fu) | (version << 4));
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3Fu) | 0x80u);
}

/// The value of each hexadecimal digit; -1 for other characters. Lists read thousands of ids.
constexpr auto hex_values = [] {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::int8_t i = 0; i < 16; ++i) {
        values[static_cast<unsigned char>("0123456789abcdef"[i])] = i;
        values[static_cast<unsigned char>("0123456789ABCDEF"[i])] = i;
    }
    return values;
}();

int hex_value(char c) { return hex_values[static_cast<unsigned char>(c)]; }

std::string bytes_and_name(const Uuid& id, std::string_view name) {
    std::string text(id.bytes.begin(), id.bytes.end());
    text += name;
    return text;
}

/// Looking an algorithm up takes OpenSSL longer than digesting a name.
const EVP_MD* sha1() {
    static const EVP_MD* const found = EVP_MD_fetch(nullptr, "SHA1", nullptr);
    return found;
}
const EVP_MD* sha256() {
    static const EVP_MD* const found = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return found;
}

std::array<unsigned char, EVP_MAX_MD_SIZE> digest_of(const EVP_MD* algorithm,
                                                     const std::string& text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    if (EVP_Digest(text.data(), text.size(), digest.data(), nullptr, algorithm, nullptr) != 1)
        throw std::runtime_error("OpenSSL cannot make a digest");
    return digest;
}

} // namespace

std::optional<Uuid> parse_uuid(std::string_view text) {
    if (text.size() != 36) return std::nullopt;
    Uuid id;
    std::size_t at = 0;
    for (std::uint8_t& byte : id.bytes) {
        if ((at == 8 || at == 13 || at == 18 || at == 23) && text[at++] != '-') return std::nullopt;
        const int high = hex_value(text[at]);
        const int low = hex_value(text[at + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        byte = static_cast<std::uint8_t>(high * 16 + low);
        at += 2;
    }
    return id;
}

Uuid uuid_of(std::string_view text) {
    const auto id = parse_uuid(text);
    if (!id) throw std::runtime_error("not a UUID: " + std::string(text));
    return *id;
}

std::string to_string(const Uuid& id) {
    std::string text;
    append_to(text, id);
    return text;
}

void append_to(std::string& to, const Uuid& id) {
    static constexpr char hex[] = "0123456789abcdef";
    std::array<char, 36> text;
    text.fill('-');
    std::size_t at = 0;
    for (const std::uint8_t byte : id.bytes) {
        if (at == 8 || at == 13 || at == 18 || at == 23) ++at;
        text[at++] = hex[byte >> 4];
        text[at++] = hex[byte & 15];
    }
    to.append(text.data(), text.size());
}

Uuid uuid_v7(Time now, const std::array<std::uint8_t, 10>& random) {
    const auto since_epoch = std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch();
    auto milliseconds = static_cast<std::uint64_t>(since_epoch.count());
    Uuid id;
    for (std::size_t i = timestamp_bytes; i-- > 0; milliseconds >>= 8)
        id.bytes[i] = static_cast<std::uint8_t>(milliseconds & 0xFF);
    std::ranges::copy(random, id.bytes.begin() + timestamp_bytes);
    stamp(id, 7);
    return id;
}

Uuid uuid_v5(const Uuid& space, std::string_view name) {
    const auto digest = digest_of(sha1(), bytes_and_name(space, name));
    Uuid id;
    std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
    stamp(id, 5);
    return id;
}

Uuid derived_uuid(const Uuid& base, std::string_view name) {
    const auto digest = digest_of(sha256(), bytes_and_name(base, name));
    Uuid id = base;
    std::copy_n(digest.begin(), id.bytes.size() - timestamp_bytes,
                id.bytes.begin() + timestamp_bytes);
    stamp(id, 7);
    return id;
}

} // namespace throughline
