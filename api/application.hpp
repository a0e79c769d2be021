#pragma once
#include "api/answer_headers.hpp"
#include "api/metrics.hpp"
#include "api/router.hpp"
#include "api/session/authenticator.hpp"
#include "api/session/denials.hpp"
#include "api/session/position_waiter.hpp"
#include "api/session/request_limits.hpp"
#include "api/session/usage_counter.hpp"

#include <chrono>
#include <optional>

namespace throughline {

/// What is to be done with a request whose head has arrived.
struct Plan {
    const Route* route = nullptr;    // unset: `refusal` is set
    std::optional<Response> refusal; // the answer, whatever the body holds
    bool is_admitted = false;
    bool is_counted = false;               // the metrics have it already
    std::optional<CountedRequest> counted; // where it has a rate limit
    bool spools = false;                   // the body goes to a file
    bool reads_model = false;              // and waits for nothing but the database
    std::size_t body_limit = 1U << 20;
    std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
};

struct ApplicationOptions {
    RequestLimits* limits = nullptr; // without, there are none
    AnswerHeaders headers = {};
    std::vector<std::string> proxies = {}; // that are believed: see client_address.hpp
    UsageCounter* usage = nullptr;         // without, nothing is counted by user
};

/// Everything between the server and the handlers: route, token, access, media type, JSON, query,
/// position, errors. Thread-safe. Throws nothing.
class Application {
  public:
    Application(Routes routes, Authenticator& authenticator, PositionWaiter& positions,
                Denials& denials, ApplicationOptions options = {});

    /// Finds the route and completes the request's path, query, path parameters and traceparent.
    /// `content_length` where the head names one. Never blocks.
    [[nodiscard]] Plan plan(Request& request, std::optional<std::uint64_t> content_length) const;
    /// Checks token, access and media type, before a body is spooled; blocks. May set the refusal.
    void admit(Plan& plan, Request& request) const;
    /// Admits where that was not done, checks the rest and runs the handler; blocks, unless the
    /// route waits for nothing or the plan holds a refusal, which the server may have set (a bad
    /// head, a body over its limit). The answer may be `pending`: once that is ready, `complete`
    /// gives the one to send.
    [[nodiscard]] Response respond(Plan& plan, Request& request);
    [[nodiscard]] Response complete(PendingResponse& pending, const Plan& plan,
                                    const Request& request);

    /// Instead of an answer that was made and cannot be sent; counted beside it.
    [[nodiscard]] Response given_up(std::string detail, const Plan& plan, const Request& request);

    /// Asks the route of a WebSocket again, with the token that came as its first message.
    [[nodiscard]] Response respond_with_token(Plan& plan, Request& request,
                                              const std::string& token);

    [[nodiscard]] const Routes& routes() const { return router_.routes(); }
    [[nodiscard]] const HttpMetrics& metrics() const { return metrics_; }

  private:
    [[nodiscard]] Result<Response> handle(const Plan& plan, Request& request) const;
    [[nodiscard]] std::optional<Rejection> check_admission(Plan& plan, Request& request) const;
    [[nodiscard]] std::optional<Rejection> identify(const Route& route, Request& request) const;
    [[nodiscard]] std::optional<Rejection> check_limit(Plan& plan, const Request& request) const;
    [[nodiscard]] std::optional<Response> wait_for_position(const Route& route,
                                                            const Request& request) const;
    template <class Act>
    [[nodiscard]] Response answer(const Plan& plan, const Request& request, Act act);
    [[nodiscard]] Response refused(const Rejection& rejection, const Request& request) const;
    [[nodiscard]] Response finished(Response response, const Plan& plan, const Request& request);

    Router router_;
    Authenticator& authenticator_;
    PositionWaiter& positions_;
    Denials& denials_;
    const ApplicationOptions options_;
    HttpMetrics metrics_;
};

} // namespace throughline
