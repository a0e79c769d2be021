#include "api/answer_headers.hpp"

#include <algorithm>

namespace throughline {

namespace {

void add_missing(Response& response, const char* name, const char* value) {
    const auto is_there = [name](const auto& header) { return header.first == name; };
    if (std::ranges::none_of(response.headers, is_there)) response.with(name, value);
}

} // namespace

void AnswerHeaders::add(Response& response, const Request& request) const {
    response.with("X-Content-Type-Options", "nosniff");
    response.with("Referrer-Policy", "no-referrer");
    add_missing(response, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    add_missing(response, "Cache-Control", "no-store");
    if (is_https) response.with("Strict-Transport-Security", "max-age=31536000");
    response.with("traceparent", request.traceparent);
    cross_origin.mark(response, request);
}

} // namespace throughline
