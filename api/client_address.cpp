#include "api/client_address.hpp"

#include "api/header_list.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <fmt/format.h>

namespace throughline {

namespace {

bool is_address(const std::string& text) {
    std::array<unsigned char, 16> ignored{};
    return ::inet_pton(AF_INET, text.c_str(), ignored.data()) == 1 ||
           ::inet_pton(AF_INET6, text.c_str(), ignored.data()) == 1;
}

} // namespace

std::string client_address(const Request& request, const std::vector<std::string>& proxies) {
    const auto is_ours = [&](const std::string& address) {
        return std::ranges::find(proxies, address) != proxies.end();
    };
    std::string address = request.remote_address;
    auto forwarded = header_list(request, "x-forwarded-for");
    while (is_ours(address) && !forwarded.empty() && is_address(forwarded.back())) {
        address = std::move(forwarded.back());
        forwarded.pop_back();
    }
    return address;
}

std::optional<std::string> read_addresses(std::string_view text, std::vector<std::string>& into) {
    std::vector<std::string> addresses;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        addresses.emplace_back(text.substr(begin, end - begin));
        if (!is_address(addresses.back()))
            return fmt::format("has \"{}\", which is no IP address", addresses.back());
        begin = end + 1;
    }
    into = std::move(addresses);
    return std::nullopt;
}

} // namespace throughline
