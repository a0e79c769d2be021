#include "handlers/outbound/redirect.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace throughline {

namespace {

constexpr std::array<std::string_view, 3> of_the_body = {"Content-Type", "Content-Encoding",
                                                         "Content-Language"};
/// Whoever gets the body may have them; a signature is of that body alone.
constexpr std::array<std::string_view, 7> harmless = {
    "Accept",     "Accept-Language",   "User-Agent",       "Idempotency-Key",
    "webhook-id", "webhook-timestamp", "webhook-signature"};

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
    return std::ranges::any_of(names,
                               [&](std::string_view one) { return is_same_field(one, name); });
}

} // namespace

std::optional<HttpFault> redirect(HttpRequest& request, int status, std::string_view from,
                                  std::string_view to) {
    if (from.starts_with("https:") && to.starts_with("http:"))
        return HttpFault{HttpFault::Kind::refused, "a redirect leads from https to http", false};
    const bool becomes_get = (status == 303 && request.method != "HEAD") ||
                             ((status == 301 || status == 302) && request.method == "POST");
    if (becomes_get) {
        request.method = "GET";
        request.body.clear();
        std::erase_if(request.headers,
                      [](const auto& field) { return is_one_of(field.first, of_the_body); });
    }
    if (from != to)
        std::erase_if(request.headers, [](const auto& field) {
            return !is_one_of(field.first, of_the_body) && !is_one_of(field.first, harmless);
        });
    return std::nullopt;
}

} // namespace throughline
