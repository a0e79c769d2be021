#include "handlers/outbound/host_allowlist.hpp"

#include <algorithm>

namespace throughline {

bool allows(const HostAllowlist& allowed, std::string_view host) {
    return std::ranges::any_of(allowed, [&](std::string_view pattern) {
        if (!pattern.starts_with("*.")) return pattern == host;
        const std::string_view end = pattern.substr(1);
        return host.size() > end.size() && host.ends_with(end);
    });
}

} // namespace throughline
