#include "api/routes/operations.hpp"

#include "api/coalesced.hpp"
#include "api/routes/docs_page.hpp"
#include "domain/schema_words.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace throughline {

namespace {

constexpr std::array health_names{"ready", "degraded", "unready"};

std::string_view name_of(Health health) {
    return health_names.at(static_cast<std::size_t>(health));
}

Json check_json(const Check& check) {
    const auto number = [](const std::optional<std::int64_t>& value) {
        return value ? Json(*value) : Json();
    };
    return JsonObject{{"name", check.name},
                      {"status", name_of(check.health)},
                      {"position", number(check.position)},
                      {"lag", number(check.lag)},
                      {"cause", check.cause.empty() ? Json() : Json(check.cause)}};
}

Response readiness(const std::vector<Check>& checks) {
    Health worst = Health::ready;
    JsonArray items;
    for (const Check& check : checks) {
        worst = std::max(worst, check.health);
        items.push_back(check_json(check));
    }
    return json_response(
        worst == Health::unready ? 503 : 200,
        to_text(JsonObject{{"status", name_of(worst)}, {"checks", std::move(items)}}));
}

/// Anybody may ask as often as they like: few workers wait for what is made for all of them.
template <class T, class Answer>
Handler answer_for_many(const std::function<T()>& make, Answer answer) {
    return
        [made = std::make_shared<Coalesced<T>>(make), answer](const Request&) -> Result<Response> {
            const auto latest = made->get();
            if (latest) return answer(*latest);
            return Rejection{Refusal::unavailable, "Too many ask at once. Try again later."};
        };
}

} // namespace

Routes operations_routes(Operations operations) {
    Routes routes;
    const auto add = [&](std::string path, std::string summary, std::string media_type,
                         std::string schema, Handler handler) -> Route& {
        Route& route = routes.emplace_back();
        route.method = "GET";
        route.path = std::move(path);
        route.summary = std::move(summary);
        route.tag = "operations";
        route.permission = Permission::open;
        route.bare = true;
        route.answers = {{200, "As asked for.", std::move(schema), std::move(media_type)}};
        route.handler = std::move(handler);
        return route;
    };
    add("/health", "Whether the process serves", "application/json", "Health", [](const Request&) {
        return json_response(200, R"({"status":"ok"})");
    }).waits_for_nothing = true;
    Route& ready = add("/ready", "Whether it can do its work, and what lags", "application/json",
                       "Readiness", answer_for_many(operations.checks, readiness));
    for (const auto& [schema, media_type] : {std::pair{"Readiness", "application/json"},
                                             std::pair{"Problem", "application/problem+json"}})
        ready.answers.push_back(
            {503,
             "Unready: out of reach of the database, not migrated, or going down. A problem "
             "where too many ask at once.",
             schema, media_type});
    add("/metrics", "Metrics for Prometheus", "text/plain", "",
        answer_for_many(operations.metrics,
                        [](const std::string& text) {
                            Response response = json_response(200, text);
                            response.content_type = "text/plain; version=0.0.4; charset=utf-8";
                            return response;
                        }))
        .refusals = {503};
    add("/openapi.json", "This API as OpenAPI 3.1", "application/json", "",
        [openapi = operations.openapi](const Request&) { return json_response(200, openapi()); });
    add("/asyncapi.json", "The event stream as AsyncAPI 3", "application/json", "",
        [asyncapi = operations.asyncapi](const Request&) {
            return json_response(200, asyncapi());
        });
    add("/docs", "This API as a page to read", "text/html", "",
        [](const Request&) { return docs_response(); });
    return routes;
}

JsonObject operations_components() {
    const Json health = JsonObject{{"type", "string"},
                                   {"enum", JsonArray(health_names.begin(), health_names.end())}};
    const Json check = object_of_all({{"name", typed("string")},
                                      {"status", health},
                                      {"position", nullable("integer")},
                                      {"lag", nullable("integer")},
                                      {"cause", nullable("string")}});
    return {{"Health", object_of_all({{"status", JsonObject{{"const", "ok"}}}})},
            {"Readiness", object_of_all({{"status", health}, {"checks", array_of(check)}})}};
}

} // namespace throughline
