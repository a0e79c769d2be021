#pragma once
#include "api/http.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace throughline {

/// Whose request it is: the peer's address, or behind proxies of ours (their addresses) the last
/// one in X-Forwarded-For that is none of them. Whoever is no proxy of ours is not believed.
[[nodiscard]] std::string client_address(const Request& request,
                                         const std::vector<std::string>& proxies);

/// Takes THROUGHLINE_TRUSTED_PROXIES: IP addresses separated by commas. Answers what is wrong with
/// it, or nothing.
[[nodiscard]] std::optional<std::string> read_addresses(std::string_view text,
                                                        std::vector<std::string>& into);

} // namespace throughline
