#pragma once
#include "domain/time.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace throughline {

/// 128 bits, RFC 9562. The nil value stands for "the system": no tenant, no user.
struct Uuid {
    std::array<std::uint8_t, 16> bytes{};
    auto operator<=>(const Uuid&) const = default;
    [[nodiscard]] bool is_nil() const { return *this == Uuid{}; }
};

/// Takes the canonical 36 characters in either case and nothing else.
[[nodiscard]] std::optional<Uuid> parse_uuid(std::string_view text);
/// For ids we wrote ourselves; throws std::runtime_error on anything else.
[[nodiscard]] Uuid uuid_of(std::string_view text);
[[nodiscard]] std::string to_string(const Uuid& id);
void append_to(std::string& to, const Uuid& id);

/// RFC 9562 section 5.7: 48 bits of milliseconds, then the given random bits.
[[nodiscard]] Uuid uuid_v7(Time now, const std::array<std::uint8_t, 10>& random);
/// RFC 9562 section 5.5: the SHA-1 of a namespace and a name.
[[nodiscard]] Uuid uuid_v5(const Uuid& space, std::string_view name);
/// A v7-shaped id made of `base`'s time and the SHA-256 of base and name: the same inputs give the
/// same id, and it sorts beside `base`.
[[nodiscard]] Uuid derived_uuid(const Uuid& base, std::string_view name);

/// Names a stream within a tenant: the kind of thing and its id.
struct StreamKey {
    std::string kind;
    Uuid id;
    auto operator<=>(const StreamKey&) const = default;
};

} // namespace throughline

template <> struct std::hash<throughline::Uuid> {
    std::size_t operator()(const throughline::Uuid& id) const noexcept {
        // The last eight bytes of a v7 id are random.
        std::uint64_t low = 0;
        for (std::size_t i = 8; i < 16; ++i) low = (low << 8) | id.bytes[i];
        return static_cast<std::size_t>(low);
    }
};
