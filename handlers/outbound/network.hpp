#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct sockaddr;

namespace throughline {

/// An IP address as 16 bytes; one of IPv4 in its mapped form (RFC 4291 section 2.5.5.2), so that
/// both spellings are one.
using IpAddress = std::array<std::uint8_t, 16>;

/// The usual notations alone: "127.1", "0x7f000001" and zones are none.
[[nodiscard]] std::optional<IpAddress> parse_address(const std::string& text);
/// Nothing where it is neither IPv4 nor IPv6.
[[nodiscard]] std::optional<IpAddress> address_of(const sockaddr& address);
/// An IPv4 address without its mapping.
[[nodiscard]] std::string to_string(const IpAddress& address);

/// The addresses that share their first bits.
struct Network {
    IpAddress address{};
    unsigned bits = 128; // of the mapped form

    [[nodiscard]] bool contains(const IpAddress& other) const;
    bool operator==(const Network&) const = default;
};

/// "10.0.0.0/8", "fd00::/8", or one address.
[[nodiscard]] std::optional<Network> parse_network(std::string_view text);
/// Comma separated; answers what is wrong with them, or nothing.
[[nodiscard]] std::optional<std::string> read_networks(std::string_view text,
                                                       std::vector<Network>& into);

} // namespace throughline
