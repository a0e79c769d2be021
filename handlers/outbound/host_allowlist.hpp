#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace throughline {

/// The hosts that a tenant lets its rules reach (its `http_allowlist`), each as
/// `normal_host_pattern` writes it. Empty allows none.
using HostAllowlist = std::vector<std::string>;

/// Whether a host of that form is one of them; `*.example.com` stands for every host below
/// example.com, and not for itself.
[[nodiscard]] bool allows(const HostAllowlist& allowed, std::string_view host);

} // namespace throughline
