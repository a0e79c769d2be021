#include "domain/identity/hosts.hpp"

#include "domain/text.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>

namespace throughline {

namespace {

constexpr std::size_t max_host = 253; // RFC 1035 section 2.3.4, without the dots at its ends
constexpr std::size_t max_label = 63;

bool is_label(std::string_view label) {
    const auto is_taken = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    };
    return !label.empty() && label.size() <= max_label && label.front() != '-' &&
           label.back() != '-' && std::ranges::all_of(label, is_taken);
}

/// How many labels a host name has; 0 where it is none. The last one begins with a letter, unlike
/// an address's (RFC 1123 section 2.1).
std::size_t labels_of(std::string_view name) {
    if (name.empty() || name.size() > max_host) return 0;
    std::size_t labels = 0;
    for (;;) {
        const auto label = name.substr(0, name.find('.'));
        if (!is_label(label)) return 0;
        ++labels;
        if (label.size() == name.size()) {
            return label.front() >= 'a' && label.front() <= 'z' ? labels : 0;
        }
        name.remove_prefix(label.size() + 1);
    }
}

std::optional<std::string> normal_address(std::string text) {
    if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
    for (const int family : {AF_INET, AF_INET6}) {
        std::array<unsigned char, 16> bytes{};
        std::array<char, INET6_ADDRSTRLEN> out{};
        if (inet_pton(family, text.c_str(), bytes.data()) == 1 &&
            inet_ntop(family, bytes.data(), out.data(), out.size()) != nullptr)
            return std::string(out.data());
    }
    return std::nullopt;
}

} // namespace

std::optional<std::string> normal_host_pattern(std::string_view written) {
    std::string host = ascii_lower(trimmed(written));
    if (host.starts_with("*."))
        return labels_of(std::string_view(host).substr(2)) >= 2 ? std::optional(host)
                                                                : std::nullopt;
    if (labels_of(host) > 0) return host;
    return normal_address(std::move(host));
}

} // namespace throughline
