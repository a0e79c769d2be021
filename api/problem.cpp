#include "api/problem.hpp"

#include "api/trace.hpp"
#include "api/url.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace throughline {

namespace {

constexpr std::array kinds{
    ProblemKind{200, "complete", "All was sent"}, // how a stream ends that has an end
    ProblemKind{400, "malformed", "The request cannot be read"},
    ProblemKind{401, "unauthenticated", "A valid token is needed"},
    ProblemKind{403, "forbidden", "Not allowed"},
    ProblemKind{404, "not-found", "Not found"},
    ProblemKind{405, "method-not-allowed", "The method is not allowed here"},
    ProblemKind{408, "timeout", "The request came too slowly"},
    ProblemKind{409, "conflict", "In conflict with the present state"},
    ProblemKind{410, "gone", "No longer there"},
    ProblemKind{412, "stale", "Changed since it was read"},
    ProblemKind{413, "too-large", "The request is too large"},
    ProblemKind{415, "unsupported-media-type", "The media type is not taken here"},
    ProblemKind{417, "expectation-failed", "The expectation cannot be met"},
    ProblemKind{422, "invalid", "The request breaks a rule"},
    ProblemKind{426, "upgrade-required", "Another protocol is needed here"},
    ProblemKind{429, "too-many-requests", "Too many requests"},
    ProblemKind{431, "headers-too-large", "The headers are too large"},
    ProblemKind{500, "internal", "Something went wrong here"},
    ProblemKind{501, "not-implemented", "Not supported"},
    ProblemKind{503, "unavailable", "Not available now"},
};

/// In the order of Refusal.
constexpr std::array refusal_status{400, 401, 403, 404, 409, 410, 412, 413, 415, 422, 429, 503};
static_assert(refusal_status.size() == static_cast<std::size_t>(Refusal::unavailable) + 1);

constexpr std::size_t max_errors = 100; // told; a body may hold a hundred thousand

JsonArray errors_json(const std::vector<FieldError>& errors) {
    JsonArray out;
    for (const FieldError& error : errors) {
        if (out.size() == max_errors) break;
        JsonObject item;
        item.append(error.in_query ? "parameter" : "pointer", error.where);
        item.append("code", error.code);
        item.append("detail", error.detail);
        out.emplace_back(std::move(item));
    }
    return out;
}

/// As RFC 3986 wants it: what is not ASCII is escaped.
std::string uri_text(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        out += byte > 0x20 && byte < 0x7F ? std::string(1, c) : fmt::format("%{:02X}", byte);
    }
    return out;
}

Response respond_with(int status, const Rejection& rejection, const Request& request) {
    Response response = json_response(status, problem_text(status, rejection, request));
    response.content_type = "application/problem+json";
    if (status == 401) {
        const std::string_view reason =
            request.header("authorization").empty() ? "" : R"( error="invalid_token")";
        response.with("WWW-Authenticate", std::string("Bearer").append(reason));
    }
    if (status == 503) response.with("Retry-After", "1");
    if (rejection.retry_after.count() > 0)
        response.with("Retry-After", std::to_string(rejection.retry_after.count()));
    return response;
}

} // namespace

std::span<const ProblemKind> problem_kinds() { return kinds; }

const ProblemKind& problem_kind(int status) {
    const auto found = std::ranges::find(kinds, status, &ProblemKind::status);
    return found == kinds.end() ? problem_kind(500) : *found;
}

int status_of(Refusal refusal) { return refusal_status.at(static_cast<std::size_t>(refusal)); }

JsonObject fault_json(const Rejection& rejection) {
    return {{"status", status_of(rejection.refusal)},
            {"detail", rejection.detail},
            {"errors", errors_json(rejection.errors)}};
}

std::string problem_text(int status, const Rejection& rejection, const Request& request) {
    const ProblemKind& kind = problem_kind(status);
    JsonObject out;
    out.append("type", "urn:throughline:problem:" + std::string(kind.slug));
    out.append("title", kind.title);
    out.append("status", status);
    out.append("detail", rejection.detail);
    // Without the query: it may hold a ticket.
    out.append("instance", uri_text(split_target(request.target).path));
    out.append("errors", errors_json(rejection.errors));
    out.append("trace_id", trace_id_of(request.traceparent));
    for (const JsonMember& member : rejection.members) out.set(member.name, member.value);
    return to_text(Json(std::move(out)));
}

Response problem_response(const Rejection& rejection, const Request& request) {
    return respond_with(status_of(rejection.refusal), rejection, request);
}

Response problem_response(int status, std::string detail, const Request& request) {
    return respond_with(status, {{}, std::move(detail)}, request);
}

} // namespace throughline
