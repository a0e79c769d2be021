#pragma once
#include "domain/json.hpp"
#include "tests/support/http_client.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace throughline {

/// One route as /openapi.json tells of it.
struct ListedRoute {
    std::string method;     // "GET"
    std::string path;       // "/api/contacts/{id}"
    std::string permission; // empty: it is open
    std::vector<std::string> path_parameters;
    std::vector<std::string> query_parameters;
    std::optional<std::string> body; // a small valid one, where it takes any
    std::string media_type;          // of the body
    bool is_stream = false;          // never ends where it is allowed

    /// "GET /api/contacts/{id}"
    [[nodiscard]] std::string name() const { return method + " " + path; }
    /// The path with each parameter replaced.
    [[nodiscard]] std::string
    path_with(const std::function<std::string(const std::string& parameter)>& value) const;
    /// Asks for it at `target`. A stream is asked for in a way that only its query refuses, once
    /// the caller is let through.
    [[nodiscard]] HttpReply ask(HttpClient& client, std::string target,
                                HttpHeaders headers = {}) const;
};

/// The whole table of a server. A route that is neither open nor names a permission fails the test.
[[nodiscard]] std::vector<ListedRoute> route_table(HttpClient& client);

} // namespace throughline
