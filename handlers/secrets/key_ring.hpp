#pragma once
#include "domain/result.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace throughline {

/// Seals secrets that must be readable again, with XChaCha20-Poly1305 (libsodium). The first key
/// seals, all open. A sealed value is text: "1." for the form, then the id of its key (8 hex
/// digits, made of the key's BLAKE2b hash), then "." and nonce and ciphertext in base64url. It
/// opens only in the context it was sealed in, which says whose and what it is. Immutable,
/// thread-safe.
class KeyRing {
  public:
    /// Keys separated by commas or line ends, each 32 bytes in hex or base64 (either alphabet, with
    /// or without padding). Refuses (invalid) anything else, no key at all, and a key given twice.
    [[nodiscard]] static Result<KeyRing> read(std::string_view keys);

    [[nodiscard]] std::string seal(std::string_view secret, std::string_view context) const;
    /// Nothing where the key is not on the ring, or the value is not what was sealed there.
    [[nodiscard]] std::optional<std::string> open(std::string_view sealed,
                                                  std::string_view context) const;
    /// The id of the key that seals.
    [[nodiscard]] const std::string& sealing_id() const { return keys_.front().id; }
    [[nodiscard]] bool has_key(std::string_view id) const { return find(id) != nullptr; }

  private:
    struct Key {
        std::string id;
        std::array<unsigned char, 32> bytes{};
    };
    explicit KeyRing(std::vector<Key> keys) : keys_(std::move(keys)) {}
    [[nodiscard]] const Key* find(std::string_view id) const;

    std::vector<Key> keys_; // never empty
};

/// The id of the key that sealed a value; empty where it is no sealed value.
[[nodiscard]] std::string_view key_id_of(std::string_view sealed);

} // namespace throughline
