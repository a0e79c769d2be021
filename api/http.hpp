#pragma once
#include "domain/id.hpp"
#include "domain/identity/caller.hpp"
#include "domain/json.hpp"
#include "domain/query.hpp"
#include "domain/result.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace throughline {

/// Who calls, once the token is checked. Role and tenant are the membership's, not the claim's.
struct Principal {
    Uuid user_id;
    Uuid actor_id; // the user's id, or the API key's
    Uuid tenant_id;
    std::string role;                // owner, admin, …
    std::string actor_type = "user"; // user or api_key
    std::vector<std::string> scopes; // of an API key; none: all that its role may
    std::string name;                // at most a few seconds old
    std::string timezone = "UTC";    // IANA name, for days without an hour
    bool others_hidden = false;      // the tenant's record_visibility is own
    bool is_bound = false;           // what they came with counts in this tenant alone

    [[nodiscard]] Caller caller() const { return {user_id, level_of(role), others_hidden}; }
};

/// A request as routes see it: nothing of sockets or Beast.
struct Request {
    std::string method;     // GET, POST, …
    std::string path;       // decoded, without query and without a /v1
    std::string target;     // as received, for `instance`
    std::string_view route; // the pattern of the path, as the route table has it
    std::vector<std::pair<std::string, std::string>> headers; // names lower case
    QueryParameters query;                                    // decoded, in order
    std::vector<std::pair<std::string, std::string>> path_parameters;
    std::string body;                 // empty where the route takes an upload
    std::shared_ptr<const Json> json; // the body read: an object, unless any JSON is taken
    std::optional<std::filesystem::path> upload; // the spooled body; the route owns the file
    std::string upload_hash;                     // SHA-256 of the spooled body, hex
    std::string remote_address;
    std::string traceparent; // of this request, made where none came
    std::optional<Principal> principal;

    /// The first header of that name (lower case), or an empty text.
    [[nodiscard]] std::string_view header(std::string_view name) const;
    [[nodiscard]] std::optional<std::string_view> parameter(std::string_view name) const;
    /// A path parameter that the route declares: always there.
    [[nodiscard]] const std::string& path_parameter(std::string_view name) const;
    [[nodiscard]] Uuid path_id(std::string_view name = "id") const;
};

/// An answer that is made piece by piece: an export, an event stream. Called by one thread at a
/// time; `next` may block on the database and runs on a worker.
class BodyStream {
  public:
    virtual ~BodyStream() = default;
    /// What a piece should weigh at most.
    static constexpr std::size_t piece_bytes = 256U << 10;
    struct Piece {
        std::string bytes; // may be empty: nothing to send yet
        bool last = false; // nothing follows
        int status = 200;  // of the last piece: why it ends, 200 where that was all
    };
    [[nodiscard]] virtual Piece next() = 0;
    /// After an empty piece the server waits until `wake` is called (from any thread) or `max_wait`
    /// has passed, then asks again. A stream that always has something need not override it.
    virtual void on_more(std::function<void()> wake) { wake(); }
    [[nodiscard]] virtual std::chrono::milliseconds max_wait() const {
        return std::chrono::seconds(15);
    }
    /// The server drains: the next piece should be the last one (a `closed` event).
    virtual void shut_down() {}
    /// Whether `next` waits for nothing but the database, for pages of a read model.
    [[nodiscard]] virtual bool reads_model() const { return false; }
};

struct Response;

/// An answer that waits for something no worker need wait for: the outcome of an append.
class PendingResponse {
  public:
    virtual ~PendingResponse() = default;
    /// Calls back once, now or from any thread, when `finish` need not wait; never blocks, and the
    /// callback must not block either.
    virtual void on_ready(std::function<void()> callback) = 0;
    /// The answer, as a handler gives it: it may be pending again. Called once; the request is
    /// still there.
    [[nodiscard]] virtual Result<Response> finish() = 0;
};

struct Response {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string content_type = "application/json";
    std::string body;
    std::unique_ptr<BodyStream> stream;       // instead of body
    std::unique_ptr<PendingResponse> pending; // instead of all the rest

    Response& with(std::string name, std::string value) & {
        headers.emplace_back(std::move(name), std::move(value));
        return *this;
    }
};

[[nodiscard]] Response json_response(int status, std::string body);
[[nodiscard]] Response no_content();

} // namespace throughline
