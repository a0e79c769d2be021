#include "api/request_head.hpp"

#include "domain/text.hpp"

#include <algorithm>
#include <array>

namespace throughline {

namespace {

/// Of two, a proxy may judge by the one and we by the other.
constexpr std::array<std::string_view, 9> single{
    "authorization", "content-length",  "content-type",  "expect",
    "host",          "idempotency-key", "last-event-id", "throughline-min-position",
    "x-tenant-id"};

std::ptrdiff_t count(const Request& request, std::string_view name) {
    return std::ranges::count(request.headers, name,
                              [](const auto& header) -> std::string_view { return header.first; });
}

bool is_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// RFC 3986 section 3.2: a host and perhaps a port; no user, no path. It may be empty.
bool is_authority(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-._~%!$&'()*+,;=:[]").find(c) != std::string_view::npos;
    });
}

/// RFC 9112 section 3.2: origin-form, absolute-form, and what only CONNECT and OPTIONS have.
bool is_target(const Request& request) {
    const std::string_view target = request.target;
    if (target.starts_with('/') || request.method == "CONNECT") return true;
    if (target == "*") return request.method == "OPTIONS";
    const std::string start = ascii_lower(target.substr(0, 8));
    const std::size_t scheme = start.starts_with("http://") ? 7 : start == "https://" ? 8 : 0;
    if (scheme == 0) return false;
    const auto authority = target.substr(scheme, target.find_first_of("/?#", scheme) - scheme);
    return !authority.empty() && is_authority(authority);
}

} // namespace

std::optional<HeadFault> fault_of_head(const Request& request, bool is_http11) {
    const auto codings = count(request, "transfer-encoding");
    const auto lengths = count(request, "content-length");
    if (codings != 0 && (lengths != 0 || !is_http11)) return HeadFault{};
    if (codings > 1 ||
        (codings == 1 && ascii_lower(request.header("transfer-encoding")) != "chunked"))
        return HeadFault{501, "The only transfer coding taken is chunked."};
    for (const std::string_view name : single)
        if (count(request, name) > 1)
            return HeadFault{400, "A header that may stand once stands twice."};
    if (lengths != 0 && !is_digits(request.header("content-length"))) return HeadFault{};
    if ((is_http11 && count(request, "host") == 0) || !is_authority(request.header("host")))
        return HeadFault{400, "The header Host is missing or wrong."};
    if (!is_target(request)) return HeadFault{400, "The target is neither a path nor http://."};
    return std::nullopt;
}

bool has_folded_header(std::string_view lines) {
    return lines.find("\r\n ") != std::string_view::npos ||
           lines.find("\r\n\t") != std::string_view::npos;
}

} // namespace throughline
