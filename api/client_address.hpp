#pragma once
#include "api/http.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace throughline {

/// An IP address as it is written everywhere: IPv6 in its short form, IPv4 in IPv6 as IPv4. Nothing
/// where the text is no address.
[[nodiscard]] std::optional<std::string> plain_address(const std::string& text);

/// The bucket of an address: of IPv6 its network of 64 bits, of which one client has many.
[[nodiscard]] Uuid bucket_of_address(const std::string& address);

/// Whose request it is: the peer's address, or behind proxies of ours (their addresses) the last
/// one in X-Forwarded-For that is none of them. Whoever is no proxy of ours is not believed. The
/// proxies are plain addresses.
[[nodiscard]] std::string client_address(const Request& request,
                                         const std::vector<std::string>& proxies);

/// Takes THROUGHLINE_TRUSTED_PROXIES: IP addresses separated by commas. Answers what is wrong with
/// it, or nothing.
[[nodiscard]] std::optional<std::string> read_addresses(std::string_view text,
                                                        std::vector<std::string>& into);

} // namespace throughline
