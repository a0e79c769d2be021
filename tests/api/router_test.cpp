#include "tests/api/test_routes.hpp"

#include <doctest/doctest.h>

namespace throughline {
namespace {

const std::string id = "01890a5d-ac96-774b-bcce-b302099a8057";

Router router() {
    Routes routes;
    routes.push_back(test_route("GET", "/contacts", answering("list")));
    routes.push_back(test_route("POST", "/contacts", answering("create")));
    routes.push_back(test_route("GET", "/contacts/{id}", answering("read")));
    routes.push_back(test_route("GET", "/contacts/duplicates", answering("duplicates")));
    routes.push_back(test_route("GET", "/fields/{kind}/{key}", answering("field")));
    routes.push_back(test_route("GET", "/audit-logs", answering("audit")));
    routes.back().also_bare = true;
    routes.push_back(test_route("GET", "/health", answering("health")));
    routes.back().bare = true;
    return Router(std::move(routes));
}

/// The path of the route found, or "404" or the methods allowed.
std::string found(const Router& router, std::string_view method, std::string_view path) {
    const auto result = router.find(method, path);
    if (const auto* const match = std::get_if<Router::Match>(&result)) return match->route->path;
    if (const auto* const wrong = std::get_if<Router::WrongMethod>(&result)) return wrong->allow;
    return "404";
}

} // namespace

TEST_CASE("a path finds its route under /api and /api/v1") {
    const Router routes = router();
    CHECK(found(routes, "GET", "/api/contacts") == "/contacts");
    CHECK(found(routes, "GET", "/api/v1/contacts") == "/contacts");
    CHECK(found(routes, "GET", "/contacts") == "404");
    CHECK(found(routes, "GET", "/api/v2/contacts") == "404");
    CHECK(found(routes, "GET", "/api/contacts/") == "404");
    CHECK(found(routes, "GET", "/api/v1/v1/contacts") == "404");
    CHECK(found(routes, "GET", "") == "404");
    CHECK(found(routes, "GET", "/") == "404");
}

TEST_CASE("bare routes stand outside /api, some routes in both places") {
    const Router routes = router();
    CHECK(found(routes, "GET", "/health") == "/health");
    CHECK(found(routes, "GET", "/api/health") == "404");
    CHECK(found(routes, "GET", "/audit-logs") == "/audit-logs");
    CHECK(found(routes, "GET", "/api/audit-logs") == "/audit-logs");
}

TEST_CASE("an id parameter matches only UUIDs") {
    const Router routes = router();
    CHECK(found(routes, "GET", "/api/contacts/" + id) == "/contacts/{id}");
    CHECK(found(routes, "GET", "/api/contacts/duplicates") == "/contacts/duplicates");
    CHECK(found(routes, "GET", "/api/contacts/7") == "404");
    CHECK(found(routes, "GET", "/api/contacts/" + id + "0") == "404");
}

TEST_CASE("parameters are decoded segment by segment") {
    const Router routes = router();
    const auto result = routes.find("GET", "/api/fields/cont%61ct/a%2Fb%20c");
    const auto* const match = std::get_if<Router::Match>(&result);
    REQUIRE(match != nullptr);
    REQUIRE(match->path_parameters.size() == 2);
    CHECK(match->path_parameters[0] == std::pair<std::string, std::string>("kind", "contact"));
    CHECK(match->path_parameters[1] == std::pair<std::string, std::string>("key", "a/b c"));
    CHECK(found(routes, "GET", "/api/fields/contact/%zz") == "404");
    CHECK(found(routes, "GET", "/api/fields/contact/%ff") == "404");
    CHECK(found(routes, "GET", "/api/fields/contact/%00") == "404");
    CHECK(found(routes, "GET", "/api/fields/contact/") == "404");
}

TEST_CASE("a wrong method names those allowed") {
    const Router routes = router();
    CHECK(found(routes, "DELETE", "/api/contacts") == "GET, HEAD, OPTIONS, POST");
    CHECK(found(routes, "HEAD", "/api/contacts") == "/contacts");
    CHECK(found(routes, "get", "/api/contacts") == "GET, HEAD, OPTIONS, POST");
    CHECK(found(routes, "DELETE", "/api/nothing") == "404");
}

TEST_CASE("the server as a whole takes every method of the table") {
    Routes two;
    two.push_back(test_route("PATCH", "/things/{id}", answering("")));
    two.push_back(test_route("GET", "/things", answering("")));
    CHECK(found(Router(std::move(two)), "OPTIONS", "*") == "GET, HEAD, OPTIONS, PATCH");
}

TEST_CASE("two routes for one method and path are a mistake of the table") {
    Routes routes;
    routes.push_back(test_route("GET", "/a/{id}", answering("")));
    routes.push_back(test_route("GET", "/a/{id}", answering("")));
    CHECK_THROWS_AS(Router{std::move(routes)}, std::logic_error);
}

TEST_CASE("a route that declares no permission is a mistake of the table") {
    Routes routes;
    routes.push_back(test_route("GET", "/contacts", answering("list"), Permission::undeclared));
    CHECK_THROWS_AS(Router(std::move(routes)), std::logic_error);
}

} // namespace throughline
