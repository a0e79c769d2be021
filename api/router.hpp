#pragma once
#include "api/http.hpp"
#include "domain/identity/roles.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace throughline {

/// What a request counts against: a quota of its tenant, or of its address where it has no token.
/// Calendar, ai and ics have no routes yet.
enum class LimitClass { rest, automation, calendar, ai, ics };

struct Parameter {
    std::string name; // exact; any "filter[…" takes every filter, which the handler judges
    Json schema;      // JSON Schema of the decoded value
    std::string description;
    bool required = false;
};

/// What a route takes as its body.
struct BodyRule {
    enum class Form { none, json, optional_json, any_json, upload }; // any_json: or nothing
    Form form = Form::none;
    std::string schema;                   // name of a component, for json
    std::vector<std::string> media_types; // for upload; for json those beside application/json
    std::size_t limit = 1U << 20;         // bytes
};

/// One documented answer; `schema` names a component, empty for no body. The same status again is
/// another media type of it.
struct Answer {
    int status = 200;
    std::string description;
    std::string schema;
    std::string media_type = "application/json";
    bool has_etag = false; // the version of what it shows
};

using Handler = std::function<Result<Response>(const Request&)>;

/// One row of the route table. From it come dispatch, the checks before the handler, OpenAPI.
/// Refusals that follow from the row (by its query, body, parameters, permission) need no mention.
struct Route {
    std::string method;
    std::string path; // "/contacts/{id}": under /api and /api/v1; "/health" style routes set `bare`
    std::string summary;
    std::string tag;
    Permission permission = Permission::undeclared; // of any record; whose it is comes later
    std::vector<Parameter> query = {};
    BodyRule body = {};
    std::vector<Answer> answers = {};
    std::vector<int> refusals = {}; // statuses of problems beside those that follow from the row
    Handler handler = {};
    LimitClass limit = LimitClass::rest;
    bool bare = false;              // outside /api, and without a rate limit
    bool also_bare = false;         // also without /api (audit logs)
    bool waits_for_nothing = false; // open and bare: the I/O thread runs the handler
    bool takes_key = true;          // a write: replays its answer under an Idempotency-Key
    bool is_websocket = false;      // the token may come later: see upgrade.hpp
    bool reads_at_position = false; // a write that waits for a position, as reads do
    std::string projection = {};    // it waits for this; empty: head state and log, which never lag
    std::vector<std::string> id_parameters = {"id"}; // path parameters that match only UUIDs

    /// Whether it takes Throughline-Min-Position; all reads under /api do.
    [[nodiscard]] bool takes_position() const {
        return reads_at_position || (method == "GET" && !bare);
    }
};

using Routes = std::vector<Route>;

/// Finds the route for a method and path. Not found and wrong method are told apart.
class Router {
  public:
    /// Throws std::logic_error where two routes are one, or one declares no permission.
    explicit Router(Routes routes);
    ~Router();
    Router(Router&&) noexcept;
    Router(const Router&) = delete;
    Router& operator=(const Router&) = delete;

    struct Match {
        const Route* route = nullptr;
        std::vector<std::pair<std::string, std::string>> path_parameters; // decoded
    };
    struct WrongMethod {
        std::string allow; // "GET, HEAD, OPTIONS, POST"
    };
    struct NotFound {};
    /// `path` is still percent-encoded; each segment is decoded by itself. HEAD finds GET's route.
    /// `*` is the server as a whole (RFC 9110 section 9.3.7): every method of the table is allowed.
    [[nodiscard]] std::variant<Match, WrongMethod, NotFound> find(std::string_view method,
                                                                  std::string_view path) const;
    [[nodiscard]] const Routes& routes() const { return routes_; }

  private:
    struct Segment;

    void add(std::string_view path, std::size_t route);
    [[nodiscard]] const Segment* walk(const Segment& at, std::span<const std::string> path,
                                      std::vector<std::string>& values) const;

    Routes routes_;
    std::unique_ptr<Segment> root_;
};

} // namespace throughline
