#include "api/routes/operations.hpp"

#include <algorithm>
#include <doctest/doctest.h>

namespace throughline {
namespace {

Response ask(const Routes& routes, std::string_view path) {
    const auto route = std::ranges::find(routes, path, &Route::path);
    REQUIRE(route != routes.end());
    return std::move(*route->handler(Request{}));
}

Routes with_checks(std::vector<Check> checks) {
    return operations_routes({[checks] { return checks; }, [] { return std::string("up 1\n"); },
                              [] { return std::string("{}"); }, [] { return std::string("{}"); }});
}

} // namespace

TEST_CASE("ready is as good as the worst check") {
    const Check database{"database", Health::ready, std::nullopt, std::nullopt, ""};
    const Check audit{"audit", Health::degraded, 5, 2, "an event is held"};
    const Response degraded = ask(with_checks({database, audit}), "/ready");
    CHECK(degraded.status == 200);
    CHECK(parse_json(degraded.body) == parse_json(R"({"status": "degraded", "checks": [
              {"name": "database", "status": "ready", "position": null, "lag": null, "cause": null},
              {"name": "audit", "status": "degraded", "position": 5, "lag": 2, "cause": "an event is held"}]})"));
    CHECK(ask(with_checks({database}), "/ready").status == 200);
    CHECK(
        ask(with_checks({{"database", Health::unready, {}, {}, "gone"}, audit}), "/ready").status ==
        503);
}

TEST_CASE("the page of the docs needs no network") {
    const Response page = ask(with_checks({}), "/docs");
    CHECK(page.content_type == "text/html; charset=utf-8");
    CHECK(page.body.find("/openapi.json") != std::string::npos);
    for (const std::string_view outside : {"http://", "https://", "src=\"//"})
        CHECK(page.body.find(outside) == std::string::npos);
    const auto policy =
        std::ranges::find(page.headers, "Content-Security-Policy", [](const auto& header) {
            return header.first;
        })->second;
    CHECK(policy.find("default-src 'none'") == 0);
    CHECK(policy.find("script-src 'sha256-") != std::string::npos);
    CHECK(policy.find("frame-ancestors 'none'") != std::string::npos);
    CHECK(policy.find("unsafe") == std::string::npos);
    // What the policy does not know does not run: one script, one style, and none in attributes.
    for (const std::string_view twice : {"<script", "<style"})
        CHECK(page.body.find(twice) == page.body.rfind(twice));
    for (const std::string_view inline_code : {" style=", " onclick=", "javascript:", "innerHTML"})
        CHECK(page.body.find(inline_code) == std::string::npos);
}

TEST_CASE("whether the process serves is answered by the thread that serves") {
    const Routes routes = with_checks({});
    const auto health = std::ranges::find(routes, "/health", &Route::path);
    CHECK(health->waits_for_nothing);
    CHECK(ask(routes, "/health").body == R"({"status":"ok"})");
}

TEST_CASE("metrics are Prometheus text") {
    CHECK(ask(with_checks({}), "/metrics").content_type.starts_with("text/plain; version=0.0.4"));
}

} // namespace throughline
