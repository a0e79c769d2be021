#include "handlers/outbound/guarded_http.hpp"

#include "domain/identity/hosts.hpp"
#include "handlers/outbound/http_exchange.hpp"
#include "handlers/outbound/redirect.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace throughline {

namespace {

using Clock = std::chrono::steady_clock;
using Kind = HttpFault::Kind;

constexpr std::size_t max_url = 8192;
constexpr std::array<std::string_view, 7> methods = {"GET",   "HEAD",   "POST",   "PUT",
                                                     "PATCH", "DELETE", "OPTIONS"};
/// What the connection and the length of messages hang on; "proxy-…" besides.
constexpr std::array<std::string_view, 10> own_headers = {
    "host", "content-length", "transfer-encoding", "connection",     "keep-alive",
    "te",   "trailer",        "upgrade",           "http2-settings", "expect"};

HttpFault refused(std::string detail) { return {Kind::refused, std::move(detail), false}; }

/// RFC 9110 section 5.6.2.
bool is_token(std::string_view text) {
    constexpr std::string_view more = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               more.find(c) != std::string_view::npos;
    });
}

bool is_field_value(std::string_view text) {
    return std::ranges::none_of(text, [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
    });
}

bool is_own_header(std::string_view name) {
    constexpr std::string_view proxy = "proxy-";
    return is_same_field(name.substr(0, proxy.size()), proxy) ||
           std::ranges::any_of(own_headers,
                               [&](std::string_view own) { return is_same_field(own, name); });
}

std::optional<HttpFault> fault_of(const HttpRequest& request) {
    if (std::ranges::find(methods, request.method) == methods.end())
        return refused(fmt::format("{} is no method that is sent", request.method));
    for (const auto& [name, value] : request.headers) {
        if (!is_token(name)) return refused("a header's name is none");
        if (is_own_header(name)) return refused(fmt::format("the header {} is not yours", name));
        if (!is_field_value(value))
            return refused(fmt::format("the value of the header {} has control characters", name));
    }
    return std::nullopt;
}

/// Why it is not sent there, before any address is known.
std::optional<HttpFault> fault_of(CURLU* url, const HostAllowlist& allowed) {
    const std::string scheme = part_of(url, CURLUPART_SCHEME);
    if (scheme != "http" && scheme != "https")
        return refused(fmt::format("{} is neither http nor https", scheme));
    if (!part_of(url, CURLUPART_USER).empty() || !part_of(url, CURLUPART_PASSWORD).empty())
        return refused("the URL has credentials");
    std::string written = part_of(url, CURLUPART_HOST);
    if (written.ends_with('.')) written.pop_back();
    const auto host = normal_host_pattern(written);
    if (!host || host->front() == '*' || !part_of(url, CURLUPART_ZONEID).empty())
        return refused("the URL's host is neither a host name nor an address");
    if (!allows(allowed, *host))
        return refused(
            fmt::format("{} is not on the list of allowed hosts (http_allowlist)", *host));
    return std::nullopt;
}

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string origin_of(CURLU* url) {
    char* port = nullptr;
    curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
    const std::unique_ptr<char, void (*)(void*)> owned(port, curl_free);
    return part_of(url, CURLUPART_SCHEME) + "://" + part_of(url, CURLUPART_HOST) + ":" +
           (port == nullptr ? "" : port);
}

} // namespace

HttpOutcome GuardedHttp::send(HttpRequest request, const HostAllowlist& allowed) const {
    const auto started = Clock::now();
    const auto passed = [&] {
        return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started);
    };
    if (auto fault = fault_of(request)) return *fault;
    const CurlUrl url = new_curl_url();
    if (request.url.size() > max_url ||
        curl_url_set(url.get(), CURLUPART_URL, request.url.c_str(), CURLU_URLENCODE) != CURLUE_OK)
        return refused("the URL is none of http or https");
    for (int redirects = 0;; ++redirects) {
        if (auto fault = fault_of(url.get(), allowed)) return *fault;
        const auto left = limits_.total - passed();
        if (left.count() <= 0) return HttpFault{Kind::timed_out, "redirects took too long", true};
        HttpOutcome outcome = HttpExchange(rules_, limits_).run(request, url.get(), left);
        auto* const response = std::get_if<HttpResponse>(&outcome);
        if (response == nullptr) return outcome;
        response->took = passed();
        const std::string* const target = find_field(response->headers, "location");
        if (!is_redirect(response->status) || target == nullptr) return outcome;
        if (redirects == limits_.redirects)
            return HttpFault{Kind::redirected, "there are too many redirects", false};
        const std::string before = origin_of(url.get());
        if (target->size() > max_url ||
            curl_url_set(url.get(), CURLUPART_URL, target->c_str(), CURLU_URLENCODE) != CURLUE_OK)
            return refused("a redirect leads to no URL of http or https");
        if (auto fault = redirect(request, response->status, before, origin_of(url.get())))
            return *fault;
    }
}

} // namespace throughline
