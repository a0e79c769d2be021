#include "handlers/outbound/address_rules.hpp"

#include <algorithm>

namespace throughline {

namespace {

struct Range {
    std::string_view network;
    std::string_view name;
};

/// IANA's special-purpose registries of IPv4 and IPv6, and where clouds keep their metadata; the
/// first that contains an address names it.
constexpr Range ranges[] = {
    {"169.254.169.254", "metadata"},
    {"168.63.129.16", "metadata"},   // Azure
    {"100.100.100.200", "metadata"}, // Alibaba
    {"fd00:ec2::254", "metadata"},
    {"0.0.0.0/8", "unspecified"},
    {"10.0.0.0/8", "private"},
    {"100.64.0.0/10", "shared"}, // RFC 6598
    {"127.0.0.0/8", "loopback"},
    {"169.254.0.0/16", "link-local"},
    {"172.16.0.0/12", "private"},
    {"192.0.0.0/24", "reserved"},
    {"192.0.2.0/24", "documentation"},
    {"192.88.99.0/24", "reserved"},
    {"192.168.0.0/16", "private"},
    {"198.18.0.0/15", "benchmarking"},
    {"198.51.100.0/24", "documentation"},
    {"203.0.113.0/24", "documentation"},
    {"224.0.0.0/4", "multicast"},
    {"240.0.0.0/4", "reserved"},
    {"::", "unspecified"},
    {"::1", "loopback"},
    {"64:ff9b:1::/48", "private"}, // RFC 8215
    {"2001::/23", "reserved"},
    {"2001:db8::/32", "documentation"},
    {"3fff::/20", "documentation"},
    {"fc00::/7", "private"},
    {"fe80::/10", "link-local"},
    {"fec0::/10", "private"},
    {"ff00::/8", "multicast"},
};

struct NamedNetwork {
    Network network;
    std::string_view name;
};

const std::vector<NamedNetwork>& special() {
    static const auto networks = [] {
        std::vector<NamedNetwork> out;
        for (const Range& range : ranges)
            out.push_back({parse_network(range.network).value(), range.name});
        return out;
    }();
    return networks;
}

/// How an IPv4 address stands inside of one of IPv6: behind these bits.
struct Embedding {
    Network network;
    std::size_t at; // byte
};

const std::vector<Embedding>& embeddings() {
    static const std::vector<Embedding> all{{parse_network("::/96").value(), 12},
                                            {parse_network("64:ff9b::/96").value(), 12},
                                            {parse_network("2002::/16").value(), 2}};
    return all;
}

std::optional<IpAddress> embedded(const IpAddress& address) {
    for (const auto& [network, at] : embeddings()) {
        if (!network.contains(address)) continue;
        IpAddress inner{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
        std::copy_n(address.begin() + static_cast<std::ptrdiff_t>(at), 4, inner.begin() + 12);
        return inner;
    }
    return std::nullopt;
}

bool is_global(const IpAddress& address) {
    static const Network unicast = parse_network("2000::/3").value();
    static const Network ipv4 = parse_network("0.0.0.0/0").value();
    return unicast.contains(address) || ipv4.contains(address);
}

} // namespace

std::optional<std::string_view> AddressRules::refusal(const IpAddress& address) const {
    const auto holds_it = [&](const Network& network) { return network.contains(address); };
    if (std::ranges::any_of(allowed_, holds_it)) return std::nullopt;
    for (const NamedNetwork& known : special())
        if (holds_it(known.network)) return known.name;
    if (const auto inner = embedded(address)) return refusal(*inner);
    return is_global(address) ? std::nullopt : std::optional<std::string_view>("reserved");
}

} // namespace throughline
