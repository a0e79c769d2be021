#pragma once
#include "domain/id.hpp"
#include "domain/text.hpp"

#include <string>
#include <string_view>

namespace throughline {

// What must be unique on the whole server is a stream of no tenant (the nil one), so that whoever
// appends its first event has it.

/// RFC 9562 namespace of the names below. Never changed: the streams are found by it.
inline constexpr Uuid reservations{{0x6f, 0x1d, 0x2c, 0x0b, 0x52, 0x9e, 0x4a, 0x7d, 0x9c, 0x35,
                                    0x41, 0xe8, 0x0a, 0x6b, 0x7f, 0x13}};

/// Whose address it is: {"user_id"}. Addresses that differ in case alone are one.
[[nodiscard]] inline StreamKey login_stream(std::string_view email) {
    return {"login", uuid_v5(reservations, normal_email(email))};
}
/// Which tenant a slug names, or has named: {"tenant_id"}. No other tenant's, ever.
[[nodiscard]] inline StreamKey slug_stream(std::string_view slug) {
    return {"slug", uuid_v5(reservations, slug)};
}
/// The tenants a person belongs to: {"tenants": [ids]}, the first of them the default.
[[nodiscard]] inline StreamKey account_stream(const Uuid& user) { return {"account", user}; }
/// Which user a subject of an identity provider is: {"user_id"}.
[[nodiscard]] inline StreamKey identity_stream(std::string_view issuer, std::string_view subject) {
    return {"identity", uuid_v5(reservations, std::string(issuer) + '\n' + std::string(subject))};
}

} // namespace throughline
