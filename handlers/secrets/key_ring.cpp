#include "handlers/secrets/key_ring.hpp"

#include "domain/base64url.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <stdexcept>

namespace throughline {

namespace {

using KeyBytes = std::array<unsigned char, 32>;
static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == sizeof(KeyBytes));

constexpr std::string_view form = "1.";
constexpr std::size_t id_digits = 8;
constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

void make_ready() {
    if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be used");
}

std::string id_of(const KeyBytes& key) {
    std::array<unsigned char, crypto_generichash_BYTES> hash{};
    crypto_generichash(hash.data(), hash.size(), key.data(), key.size(), nullptr, 0);
    return fmt::format("{:02x}{:02x}{:02x}{:02x}", hash[0], hash[1], hash[2], hash[3]);
}

std::optional<KeyBytes> read_hex(std::string_view text) {
    KeyBytes key{};
    std::size_t size = 0;
    const char* end = nullptr;
    if (text.size() != 2 * key.size() ||
        sodium_hex2bin(key.data(), key.size(), text.data(), text.size(), nullptr, &size, &end) !=
            0 ||
        end != text.data() + text.size())
        return std::nullopt;
    return key;
}

std::optional<KeyBytes> read_base64(std::string_view text) {
    std::string url(text.ends_with('=') ? text.substr(0, text.size() - 1) : text);
    std::ranges::replace(url, '+', '-');
    std::ranges::replace(url, '/', '_');
    const auto bytes = from_base64url(url);
    KeyBytes key{};
    if (!bytes || bytes->size() != key.size()) return std::nullopt;
    std::ranges::copy(*bytes, key.begin());
    return key;
}

std::vector<std::string_view> split(std::string_view keys) {
    constexpr std::string_view ends = ",\r\n";
    std::vector<std::string_view> parts;
    while (keys.ends_with('\n') || keys.ends_with('\r')) keys.remove_suffix(1);
    for (std::size_t begin = 0; begin <= keys.size();) {
        const auto end = std::min(keys.find_first_of(ends, begin), keys.size());
        parts.push_back(keys.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

Rejection wrong_key(std::size_t number, std::string_view why) {
    return {Refusal::invalid, fmt::format("key {} {}", number, why)};
}

} // namespace

std::string_view key_id_of(std::string_view sealed) {
    const std::size_t begin = form.size();
    if (!sealed.starts_with(form) || sealed.find('.', begin) != begin + id_digits) return {};
    return sealed.substr(begin, id_digits);
}

Result<KeyRing> KeyRing::read(std::string_view keys) {
    make_ready();
    std::vector<Key> ring;
    for (const std::string_view text : split(keys)) {
        const std::size_t number = ring.size() + 1;
        auto bytes = read_hex(text);
        if (!bytes) bytes = read_base64(text);
        if (!bytes) return wrong_key(number, "is not 32 bytes in hex or base64");
        std::string id = id_of(*bytes);
        if (std::ranges::find(ring, id, &Key::id) != ring.end())
            return wrong_key(number, "is there twice");
        ring.push_back({std::move(id), *bytes});
    }
    return KeyRing(std::move(ring));
}

const KeyRing::Key* KeyRing::find(std::string_view id) const {
    const auto found = std::ranges::find(keys_, id, &Key::id);
    return found == keys_.end() ? nullptr : &*found;
}

std::string KeyRing::seal(std::string_view secret, std::string_view context) const {
    const Key& key = keys_.front();
    std::string bytes(nonce_bytes + secret.size() + tag_bytes, '\0');
    auto* const nonce = reinterpret_cast<unsigned char*>(bytes.data());
    randombytes_buf(nonce, nonce_bytes);
    crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + nonce_bytes, nullptr, bytes_of(secret),
                                               secret.size(), bytes_of(context), context.size(),
                                               nullptr, nonce, key.bytes.data());
    return std::string(form) + key.id + "." + base64url(bytes);
}

std::optional<std::string> KeyRing::open(std::string_view sealed, std::string_view context) const {
    const Key* const key = find(key_id_of(sealed));
    if (key == nullptr) return std::nullopt;
    const auto bytes = from_base64url(sealed.substr(form.size() + id_digits + 1));
    if (!bytes || bytes->size() < nonce_bytes + tag_bytes) return std::nullopt;
    std::string secret(bytes->size() - nonce_bytes - tag_bytes, '\0');
    const unsigned char* const nonce = bytes_of(*bytes);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(reinterpret_cast<unsigned char*>(secret.data()),
                                                   nullptr, nullptr, nonce + nonce_bytes,
                                                   bytes->size() - nonce_bytes, bytes_of(context),
                                                   context.size(), nonce, key->bytes.data()) != 0)
        return std::nullopt;
    return secret;
}

} // namespace throughline
