#include "api/client_address.hpp"

#include "api/header_list.hpp"
#include "domain/text.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <fmt/format.h>

namespace throughline {

namespace {

/// Bytes in network order.
std::string text_of(int family, const void* bytes) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    return ::inet_ntop(family, bytes, text.data(), text.size());
}

} // namespace

std::optional<std::string> plain_address(const std::string& text) {
    constexpr std::size_t before_mapped = 12; // bytes of ::ffff:0:0/96
    in_addr four{};
    if (::inet_pton(AF_INET, text.c_str(), &four) == 1) return text_of(AF_INET, &four);
    in6_addr six{};
    if (::inet_pton(AF_INET6, text.c_str(), &six) != 1) return std::nullopt;
    return IN6_IS_ADDR_V4MAPPED(&six) ? text_of(AF_INET, &six.s6_addr[before_mapped])
                                      : text_of(AF_INET6, &six);
}

Uuid bucket_of_address(const std::string& address) {
    constexpr std::size_t network_bytes = 8;
    std::string name = plain_address(address).value_or(address);
    in6_addr six{};
    if (::inet_pton(AF_INET6, name.c_str(), &six) == 1)
        name.assign(reinterpret_cast<const char*>(&six), network_bytes);
    return uuid_v5({}, "address " + name);
}

std::string client_address(const Request& request, const std::vector<std::string>& proxies) {
    const auto is_ours = [&](const std::string& address) {
        return std::ranges::find(proxies, address) != proxies.end();
    };
    std::string address = plain_address(request.remote_address).value_or(request.remote_address);
    auto forwarded = header_list(request, "x-forwarded-for");
    while (is_ours(address) && !forwarded.empty()) {
        auto before = plain_address(forwarded.back());
        if (!before) break;
        address = std::move(*before);
        forwarded.pop_back();
    }
    return address;
}

std::optional<std::string> read_addresses(std::string_view text, std::vector<std::string>& into) {
    std::vector<std::string> addresses;
    for (const std::string_view given : comma_parts(text)) {
        auto plain = plain_address(std::string(given));
        if (!plain) return fmt::format("has \"{}\", which is no IP address", given);
        addresses.push_back(std::move(*plain));
    }
    into = std::move(addresses);
    return std::nullopt;
}

} // namespace throughline
