#include "api/application.hpp"

#include "api/body_check.hpp"
#include "api/client_address.hpp"
#include "api/compression.hpp"
#include "api/problem.hpp"
#include "api/query_check.hpp"
#include "api/session/scope.hpp"
#include "api/trace.hpp"
#include "api/upgrade.hpp"
#include "api/url.hpp"
#include "bus/database.hpp"

#include <algorithm>
#include <charconv>
#include <pqxx/except>
#include <spdlog/spdlog.h>

namespace throughline {

namespace {

constexpr std::chrono::seconds position_wait{2};
constexpr std::string_view min_position = "throughline-min-position";

bool is_out_of_reach(const std::exception& fault) {
    if (dynamic_cast<const pqxx::broken_connection*>(&fault) != nullptr) return true;
    const auto* const error = dynamic_cast<const pqxx::sql_error*>(&fault);
    if (error == nullptr) return false;
    // PostgreSQL appendix A: connection exceptions, out of connections, server going down.
    const std::string_view state = error->sqlstate();
    return state.starts_with("08") || state.starts_with("53") || state.starts_with("57P");
}

/// Names the route and not the path: that may hold what somebody typed.
void log_fault(const Plan& plan, const Request& request, const std::exception& fault) {
    JsonObject line{{"msg", "request failed"},
                    {"error", fault_text(fault)},
                    {"method", plan.route->method},
                    {"route", plan.route->path},
                    {"trace_id", trace_id_of(request.traceparent)}};
    spdlog::error("{}", to_text(Json(std::move(line))));
}

Response answer_to(const Plan& plan, const Request& request, const std::exception& fault) {
    log_fault(plan, request, fault);
    if (is_out_of_reach(fault))
        return problem_response(503, "The database is out of reach. Try again later.", request);
    return problem_response(500, "The fault is logged under this trace_id.", request);
}

/// The caller's, or a new one where it has none that can be read, or several.
std::string traceparent_of(const Request& request) {
    const auto is_traceparent = [](const auto& header) { return header.first == "traceparent"; };
    auto given = std::ranges::count_if(request.headers, is_traceparent) == 1
                     ? read_traceparent(request.header("traceparent"))
                     : std::nullopt;
    return given ? std::move(*given) : new_traceparent();
}

std::optional<std::int64_t> read_position(std::string_view text) {
    std::int64_t position = 0;
    const auto end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, position);
    return read.ec == std::errc{} && read.ptr == end && position >= 0 ? std::optional(position)
                                                                      : std::nullopt;
}

/// The spooled file of a request that its handler never sees.
struct UnclaimedUpload {
    std::optional<std::filesystem::path> file;
    ~UnclaimedUpload() {
        std::error_code ignored;
        if (file) std::filesystem::remove(*file, ignored);
    }
};

bool has_body(const Plan& plan, const Request& request) {
    if (!plan.spools) return !request.body.empty();
    const auto length = request.header("content-length");
    return !request.header("transfer-encoding").empty() || (!length.empty() && length != "0");
}

} // namespace

Application::Application(Routes routes, Authenticator& authenticator, PositionWaiter& positions,
                         Denials& denials, ApplicationOptions options)
    : router_(std::move(routes)), authenticator_(authenticator), positions_(positions),
      denials_(denials), options_(std::move(options)), metrics_(router_.routes().size()) {}

Plan Application::plan(Request& request, std::optional<std::uint64_t> content_length) const {
    Plan plan;
    request.traceparent = traceparent_of(request);
    request.remote_address = client_address(request, options_.proxies);
    const RequestTarget target = split_target(request.target);
    auto found = router_.find(request.method, target.path);
    if (const auto* const wrong = std::get_if<Router::WrongMethod>(&found)) {
        plan.refusal = request.method == "OPTIONS"
                           ? no_content()
                           : problem_response(405, "Takes " + wrong->allow + ".", request);
        plan.refusal->with("Allow", wrong->allow);
        if (request.method == "OPTIONS")
            options_.headers.cross_origin.mark_preflight(*plan.refusal, request, wrong->allow);
        return plan;
    }
    auto* const match = std::get_if<Router::Match>(&found);
    if (match == nullptr) {
        plan.refusal = problem_response(404, "There is nothing here.", request);
        return plan;
    }
    plan.route = match->route;
    request.route = plan.route->path;
    plan.spools = plan.route->body.form == BodyRule::Form::upload;
    plan.body_limit = plan.route->body.limit;
    plan.reads_model = plan.route->method == "GET" && !plan.route->projection.empty() &&
                       request.header(min_position).empty();
    request.path_parameters = std::move(match->path_parameters);
    request.path = percent_decoded(target.path).value_or("");
    if (request.path.starts_with("/api/v1/")) request.path.erase(4, 3);
    if (auto query = read_query(target.query))
        request.query = std::move(*query);
    else
        plan.refusal = problem_response(400, "The query is not percent-encoded UTF-8.", request);
    if (content_length && *content_length > plan.body_limit)
        plan.refusal = problem_response(
            413, "The body has more than " + std::to_string(plan.body_limit) + " bytes.", request);
    return plan;
}

/// Who calls, and whether they may.
std::optional<Rejection> Application::identify(const Route& route, Request& request) const {
    const bool is_told_later = route.is_websocket && !brings_token(request);
    if (route.permission == Permission::open || is_told_later) return std::nullopt;
    auto principal = authenticator_.authenticate(request);
    if (!principal) return principal.error();
    request.principal = std::move(*principal);
    if (level_of(request.principal->role) < grant_of(route.permission).least())
        return forbidden(route.permission);
    return fault_of_scope(*request.principal, route);
}

std::optional<Rejection> Application::check_limit(Plan& plan, const Request& request) const {
    if (options_.limits == nullptr || plan.route->bare) return std::nullopt;
    plan.counted = options_.limits->count(plan.route->limit, request);
    return plan.counted->refusal;
}

std::optional<Rejection> Application::check_admission(Plan& plan, Request& request) const {
    auto denied = identify(*plan.route, request);
    if (auto too_many = check_limit(plan, request)) return too_many;
    if (denied) return denied;
    return check_media_type(*plan.route, request, has_body(plan, request));
}

void Application::admit(Plan& plan, Request& request) const {
    if (plan.refusal || plan.is_admitted) return;
    plan.is_admitted = true;
    try {
        if (const auto rejection = check_admission(plan, request))
            plan.refusal = refused(*rejection, request);
    } catch (const std::exception& fault) {
        plan.refusal = answer_to(plan, request, fault);
    }
}

std::optional<Response> Application::wait_for_position(const Route& route,
                                                       const Request& request) const {
    const auto header = request.header(min_position);
    const bool is_told_later = route.permission != Permission::open && !request.principal;
    if (!route.takes_position() || header.empty() || is_told_later) return std::nullopt;
    const auto wanted = read_position(header);
    if (!wanted)
        return problem_response(400, "Throughline-Min-Position takes the number of a position.",
                                request);
    const auto actual = positions_.wait(route.projection, *wanted, position_wait);
    if (actual >= *wanted) return std::nullopt;
    Response response = problem_response(503, "That position is not reached yet.", request);
    response.with("Throughline-Position", std::to_string(actual));
    return response;
}

Result<Response> Application::handle(const Plan& plan, Request& request) const {
    const Route& route = *plan.route;
    UnclaimedUpload upload{request.upload};
    mend_times(request.query);
    if (auto rejection = check_query(route, request.query)) return std::move(*rejection);
    if (auto rejection = read_json_body(route, request)) return std::move(*rejection);
    if (auto answer = wait_for_position(route, request)) return std::move(*answer);
    upload.file.reset();
    return route.handler(request);
}

/// What `act` gives, with everything that an answer has beside.
template <class Act>
Response Application::answer(const Plan& plan, const Request& request, Act act) {
    try {
        Result<Response> given = act();
        if (given && given->pending) return std::move(*given);
        return finished(given ? std::move(*given) : refused(given.error(), request), plan, request);
    } catch (const std::exception& fault) {
        return finished(answer_to(plan, request, fault), plan, request);
    }
}

Response Application::refused(const Rejection& rejection, const Request& request) const {
    if (rejection.denied && request.principal)
        denials_.record(*rejection.denied, request.principal->user_id, request.principal->tenant_id,
                        request.route, request.traceparent);
    return problem_response(rejection, request);
}

Response Application::respond(Plan& plan, Request& request) {
    admit(plan, request);
    if (plan.refusal) return finished(std::move(*plan.refusal), plan, request);
    return answer(plan, request, [&] { return handle(plan, request); });
}

Response Application::given_up(std::string detail, const Plan& plan, const Request& request) {
    return finished(problem_response(503, std::move(detail), request), plan, request);
}

Response Application::complete(PendingResponse& pending, const Plan& plan, const Request& request) {
    return answer(plan, request, [&] { return pending.finish(); });
}

Response Application::respond_with_token(Plan& plan, Request& request, const std::string& token) {
    request.headers.emplace_back("authorization", "Bearer " + token);
    plan.is_admitted = false;
    plan.is_counted = true;
    return respond(plan, request);
}

Response Application::finished(Response response, const Plan& plan, const Request& request) {
    compress(response, request);
    options_.headers.add(response, request);
    const auto is_limit = [](const auto& header) { return header.first == "RateLimit"; };
    // A route that refuses by a limit of its own has said so.
    if (plan.counted && std::ranges::none_of(response.headers, is_limit)) {
        response.with("RateLimit-Policy", plan.counted->policy);
        response.with("RateLimit", plan.counted->limit);
    }
    const auto& routes = router_.routes();
    const auto place = plan.route == nullptr ? routes.size()
                                             : static_cast<std::size_t>(plan.route - routes.data());
    if (plan.is_counted) return response;
    metrics_.record(place, response.status, std::chrono::steady_clock::now() - plan.started);
    if (options_.usage != nullptr && request.principal)
        options_.usage->count(*request.principal, place);
    return response;
}

} // namespace throughline
