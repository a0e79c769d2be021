#pragma once
#include "handlers/outbound/address_rules.hpp"
#include "handlers/outbound/host_allowlist.hpp"
#include "handlers/outbound/http_message.hpp"

namespace throughline {

/// The one client for requests that tenants make us send. Hosts must be on the tenant's list; the
/// address that is connected to is the one that was checked, at every redirect anew. No proxy, no
/// cookies, certificates are verified. Redirects are followed (`redirect`), never from https to
/// http. Thread-safe; blocks as long as the limits let it.
class GuardedHttp {
  public:
    explicit GuardedHttp(AddressRules rules, HttpLimits limits = {})
        : rules_(std::move(rules)), limits_(limits) {}

    [[nodiscard]] HttpOutcome send(HttpRequest request, const HostAllowlist& allowed) const;

  private:
    AddressRules rules_;
    HttpLimits limits_;
};

} // namespace throughline
