#include "api/problem.hpp"

#include <doctest/doctest.h>

namespace throughline {
namespace {

Request request() {
    Request out;
    out.target = "/api/v1/contacts?ticket=secret";
    out.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    return out;
}

std::string header(const Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers)
        if (key == name) return value;
    return "";
}

} // namespace

TEST_CASE("a rejection becomes a problem document") {
    Rejection rejection = invalid(
        {{"/name", "required", "Is needed."}, {"limit", "too_large", "Is at most 200.", true}});
    rejection.members.append("current_version", 7);
    const Response response = problem_response(rejection, request());
    CHECK(response.status == 422);
    CHECK(response.content_type == "application/problem+json");
    const Json problem = parse_json(response.body);
    CHECK(problem.text("type") == "urn:throughline:problem:invalid");
    CHECK(problem.integer("status") == 422);
    CHECK_FALSE(problem.text("title").empty());
    CHECK(problem.text("detail") == "The request breaks a rule.");
    CHECK(problem.text("trace_id") == "4bf92f3577b34da6a3ce929d0e0e4736");
    CHECK(problem.integer("current_version") == 7);
    CHECK(*problem.find("errors") ==
          parse_json(R"([{"pointer": "/name", "code": "required", "detail": "Is needed."},
                         {"parameter": "limit", "code": "too_large", "detail": "Is at most 200."}])"));
}

TEST_CASE("the instance is the path without the query, as a URI") {
    Request with_bytes = request();
    CHECK(parse_json(problem_response(404, "", with_bytes).body).text("instance") ==
          "/api/v1/contacts");
    with_bytes.target = "/a\xff\"b";
    CHECK(parse_json(problem_response(404, "", with_bytes).body).text("instance") == "/a%FF\"b");
}

TEST_CASE("every refusal has its status") {
    const std::vector<std::pair<Refusal, int>> table{
        {Refusal::malformed, 400}, {Refusal::unauthenticated, 401}, {Refusal::forbidden, 403},
        {Refusal::not_found, 404}, {Refusal::conflict, 409},        {Refusal::gone, 410},
        {Refusal::stale, 412},     {Refusal::too_large, 413},       {Refusal::unsupported, 415},
        {Refusal::invalid, 422},   {Refusal::throttled, 429},       {Refusal::unavailable, 503}};
    for (const auto& [refusal, status] : table) {
        const Response response = problem_response({refusal, ""}, request());
        CHECK(response.status == status);
        CHECK(parse_json(response.body).integer("status") == status);
    }
}

TEST_CASE("a problem tells the first hundred errors") {
    std::vector<FieldError> errors(5000, FieldError{"/x", "unknown_field", "There is none."});
    const Json body = parse_json(problem_response(invalid(std::move(errors)), request()).body);
    CHECK(body.find("errors")->array()->size() == 100);
}

TEST_CASE("401 asks for a token and 503 says when to come back") {
    CHECK(header(problem_response(401, "", request()), "WWW-Authenticate") == "Bearer");
    CHECK(header(problem_response(503, "", request()), "Retry-After") == "1");
    CHECK(header(problem_response(404, "", request()), "Retry-After").empty());
}

TEST_CASE("a status without a kind of its own is an internal fault") {
    CHECK(problem_kind(599).slug == "internal");
    CHECK(problem_kind(431).status == 431);
}

} // namespace throughline
