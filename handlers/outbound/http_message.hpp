#pragma once
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace throughline {

/// In whatever case.
[[nodiscard]] bool is_same_field(std::string_view name, std::string_view other);

using HttpFields = std::vector<std::pair<std::string, std::string>>;
/// The first of this name, in whatever case; nullptr where there is none.
[[nodiscard]] const std::string* find_field(const HttpFields& fields, std::string_view name);

struct HttpRequest {
    std::string method; // GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS
    std::string url;    // http or https, without credentials
    HttpFields headers; // not those that are the connection's or say where a message ends
    std::string body;
};

struct HttpResponse {
    int status = 0;
    HttpFields headers; // names in lower case
    std::string body;
    bool is_cut = false; // the body goes on
    std::string url;     // where the redirects ended
    std::chrono::milliseconds took{};
};

/// Why there is no response.
struct HttpFault {
    enum class Kind {
        refused,    // by a rule: nothing was sent there
        unresolved, // the host has no address
        timed_out,
        failed,    // the connection, or what came over it
        redirected // too often
    };
    Kind kind = Kind::failed;
    std::string detail;
    bool is_transient = false; // the same may work later
};

using HttpOutcome = std::variant<HttpResponse, HttpFault>;

struct HttpLimits {
    std::chrono::milliseconds total = std::chrono::seconds(10); // redirects included
    std::chrono::milliseconds connect = std::chrono::seconds(3);
    std::size_t body = 1U << 20;     // more is cut
    std::size_t headers = 64U << 10; // more is a fault
    int redirects = 5;
};

} // namespace throughline
