#include "handlers/outbound/network.hpp"

#include "domain/text.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>
#include <fmt/format.h>
#include <netinet/in.h>

namespace throughline {

namespace {

constexpr std::size_t ipv4_begins = 12; // byte of the mapped form
constexpr unsigned ipv4_bits = 96;      // before it
constexpr IpAddress mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

IpAddress mapped_form(const void* four_bytes) {
    IpAddress address = mapped;
    std::memcpy(address.data() + ipv4_begins, four_bytes, 4);
    return address;
}

bool is_ipv4(const IpAddress& address) {
    return std::equal(mapped.begin(), mapped.begin() + ipv4_begins, address.begin());
}

} // namespace

std::optional<IpAddress> parse_address(const std::string& text) {
    IpAddress bytes{};
    if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return mapped_form(bytes.data());
    if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return bytes;
    return std::nullopt;
}

std::optional<IpAddress> address_of(const sockaddr& address) {
    if (address.sa_family == AF_INET) {
        sockaddr_in four{};
        std::memcpy(&four, &address, sizeof four);
        return mapped_form(&four.sin_addr);
    }
    if (address.sa_family != AF_INET6) return std::nullopt;
    sockaddr_in6 six{};
    std::memcpy(&six, &address, sizeof six);
    IpAddress bytes{};
    std::memcpy(bytes.data(), &six.sin6_addr, bytes.size());
    return bytes;
}

std::string to_string(const IpAddress& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const bool four = is_ipv4(address);
    inet_ntop(four ? AF_INET : AF_INET6, address.data() + (four ? ipv4_begins : 0), text.data(),
              text.size());
    return text.data();
}

bool Network::contains(const IpAddress& other) const {
    const std::size_t whole = bits / 8;
    if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole),
                    other.begin()))
        return false;
    const unsigned rest = bits % 8;
    return rest == 0 || (address.at(whole) >> (8 - rest)) == (other.at(whole) >> (8 - rest));
}

std::optional<Network> parse_network(std::string_view text) {
    const auto slash = text.find('/');
    const std::string written(text.substr(0, slash));
    const auto address = parse_address(written);
    if (!address) return std::nullopt;
    if (slash == std::string_view::npos) return Network{*address, 128};
    const std::string_view length = text.substr(slash + 1);
    const bool is_short = written.find(':') == std::string::npos; // of IPv4's 32 bits
    unsigned bits = 0;
    const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
    if (error != std::errc{} || end != length.data() + length.size() ||
        bits > (is_short ? 32U : 128U))
        return std::nullopt;
    return Network{*address, bits + (is_short ? ipv4_bits : 0)};
}

std::optional<std::string> read_networks(std::string_view text, std::vector<Network>& into) {
    std::vector<Network> networks;
    for (const std::string_view one : comma_parts(text)) {
        const auto network = parse_network(one);
        if (!network)
            return fmt::format("has \"{}\", which is no network such as 10.0.0.0/8 or ::1", one);
        networks.push_back(*network);
    }
    into = std::move(networks);
    return std::nullopt;
}

} // namespace throughline
