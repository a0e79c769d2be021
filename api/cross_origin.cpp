#include "api/cross_origin.hpp"

#include "domain/text.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace throughline {

namespace {

constexpr const char* any = "*";
constexpr const char* exposed =
    "Content-Disposition, Content-Location, ETag, Idempotency-Replayed, Location, "
    "Preference-Applied, RateLimit, RateLimit-Policy, Retry-After, Throughline-As-Of, "
    "Throughline-Position, traceparent, WWW-Authenticate";
constexpr const char* taken =
    "Authorization, Content-Type, Idempotency-Key, If-Match, Last-Event-ID, Prefer, "
    "Throughline-Min-Position, traceparent, tracestate, X-Tenant-ID";
constexpr const char* remembered_seconds = "7200";

/// RFC 6454 section 6.2: scheme, host and port, and nothing after them.
bool is_origin(std::string_view text) {
    const auto scheme = text.find("://");
    if (scheme == std::string_view::npos) return false;
    const std::string_view name = text.substr(0, scheme);
    const std::string_view host = text.substr(scheme + 3);
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
               c == ':' || c == '[' || c == ']';
    };
    return (name == "http" || name == "https") && !host.empty() &&
           std::ranges::all_of(host, is_plain);
}

} // namespace

CrossOrigin::CrossOrigin(std::vector<std::string> origins)
    : origins_(std::move(origins)), takes_all_(std::ranges::count(origins_, any) > 0) {}

std::optional<std::string> CrossOrigin::allowed(const Request& request) const {
    const std::string_view origin = request.header("origin");
    if (origin.empty()) return std::nullopt;
    if (std::ranges::find(origins_, origin) != origins_.end()) return std::string(origin);
    return takes_all_ ? std::optional<std::string>(any) : std::nullopt;
}

void CrossOrigin::mark(Response& response, const Request& request) const {
    if (origins_.empty()) return;
    // For every origin, also where none came: the answer would have been another one.
    response.with("Vary", "Origin");
    const auto origin = allowed(request);
    if (!origin) return;
    response.with("Access-Control-Allow-Origin", *origin);
    if (*origin != any) response.with("Access-Control-Allow-Credentials", "true");
    response.with("Access-Control-Expose-Headers", exposed);
}

void CrossOrigin::mark_preflight(Response& response, const Request& request,
                                 const std::string& methods) const {
    if (request.header("access-control-request-method").empty() || !allowed(request)) return;
    response.with("Access-Control-Allow-Methods", methods);
    response.with("Access-Control-Allow-Headers", taken);
    response.with("Access-Control-Max-Age", remembered_seconds);
}

std::optional<std::string> read_origins(std::string_view text, std::vector<std::string>& into) {
    std::vector<std::string> origins;
    for (const std::string_view origin : comma_parts(text)) {
        if (origin != any && !is_origin(origin))
            return fmt::format("has \"{}\", which is neither an origin such as "
                               "https://app.example.com (lower case, no path) nor *",
                               origin);
        origins.emplace_back(origin);
    }
    into = std::move(origins);
    return std::nullopt;
}

} // namespace throughline
