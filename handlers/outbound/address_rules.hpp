#pragma once
#include "handlers/outbound/network.hpp"

namespace throughline {

/// Where the server may connect to when a tenant says where: what is public, and what the operator
/// has allowed besides. A plain value.
class AddressRules {
  public:
    explicit AddressRules(std::vector<Network> allowed = {}) : allowed_(std::move(allowed)) {}

    /// What keeps it from there ("loopback", "private", "metadata", …), or nothing. An IPv4 address
    /// inside of one of IPv6 (mapped, compatible, NAT64, 6to4) counts as that address.
    [[nodiscard]] std::optional<std::string_view> refusal(const IpAddress& address) const;

  private:
    std::vector<Network> allowed_;
};

} // namespace throughline
