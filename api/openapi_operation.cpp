#include "api/openapi_operation.hpp"

#include "domain/schema_words.hpp"
#include "domain/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>
#include <stdexcept>

namespace throughline {

namespace {

Json reference_to(std::string_view part, std::string_view name) {
    return JsonObject{{"$ref", fmt::format("#/components/{}/{}", part, name)}};
}

bool is_open(const Route& route) { return route.permission == Permission::open; }

bool takes_key(const Route& route) {
    return route.method != "GET" && !is_open(route) && route.takes_key;
}

bool takes_if_match(const Route& route) {
    return route.method == "PATCH" || route.method == "PUT" || route.method == "DELETE";
}

/// "GET /contacts/{id}/history" becomes get_contacts_id_history.
std::string operation_id(const Route& route) {
    std::string id = ascii_lower(route.method);
    bool gap = true;
    for (const char c : route.path) {
        const bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        if (plain && gap) id += '_';
        if (plain) id += c;
        gap = !plain;
    }
    return id;
}

Json parameter_json(std::string_view name, std::string_view in, bool required,
                    std::string_view description, Json schema) {
    JsonObject out{{"name", name}, {"in", in}, {"required", required}};
    if (!description.empty()) out.append("description", description);
    if (schema.text("type") == "array") {
        out.append("style", "form");
        out.append("explode", false);
    }
    out.append("schema", std::move(schema));
    return out;
}

void add_path_parameters(JsonArray& out, const Route& route) {
    for (auto at = route.path.find('{'); at != std::string::npos;
         at = route.path.find('{', at + 1)) {
        const std::string name = route.path.substr(at + 1, route.path.find('}', at) - at - 1);
        Json schema = typed("string");
        if (std::ranges::count(route.id_parameters, name) > 0)
            schema.object()->append("format", "uuid");
        out.push_back(parameter_json(name, "path", true, "", std::move(schema)));
    }
}

void add_header_parameters(JsonArray& out, const Route& route) {
    if (!is_open(route))
        out.push_back(parameter_json("X-Tenant-ID", "header", false,
                                     "Id or slug of one of the caller's tenants; the token's "
                                     "where it is absent.",
                                     typed("string")));
    if (route.takes_position())
        out.push_back(parameter_json(
            "Throughline-Min-Position", "header", false,
            "Waits up to 2 s until the answer shows this position of the log, else 503.",
            JsonObject{{"type", "integer"}, {"minimum", 0}}));
    if (takes_key(route))
        out.push_back(parameter_json(
            "Idempotency-Key", "header", false,
            "The same key, query and body again replays the stored answer.",
            JsonObject{{"type", "string"}, {"pattern", "^[!-~]([ -~]{0,253}[!-~])?$"}}));
    if (takes_if_match(route))
        out.push_back(parameter_json("If-Match", "header", false,
                                     "The ETag of the version that was read, or *.",
                                     JsonObject{{"type", "string"},
                                                {"pattern", R"(^(\*|"[0-9]+")$)"},
                                                {"examples", JsonArray{"\"3\"", "*"}}}));
}

void add_special_headers(JsonArray& out, const Route& route) {
    const auto is_stream = [](const Answer& answer) {
        return answer.media_type == "text/event-stream";
    };
    if (std::ranges::any_of(route.answers, is_stream))
        out.push_back(parameter_json("Last-Event-ID", "header", false,
                                     "The id of the last event that was seen; wins over `from`.",
                                     JsonObject{{"type", "integer"}, {"minimum", 0}}));
    if (route.body.form == BodyRule::Form::upload)
        out.push_back(parameter_json("Prefer", "header", false,
                                     "`wait=30` waits so many seconds for the end (RFC 7240).",
                                     typed("string")));
}

JsonArray parameters_json(const Route& route) {
    JsonArray out;
    add_path_parameters(out, route);
    for (const Parameter& parameter : route.query)
        out.push_back(
            parameter_json(parameter.name, "query", parameter.required, parameter.description,
                           parameter.schema.is_null() ? typed("string") : parameter.schema));
    add_header_parameters(out, route);
    add_special_headers(out, route);
    return out;
}

/// The statuses of refusals that follow from the row, and those it names.
std::set<int> refusals(const Route& route) {
    std::set<int> statuses(route.refusals.begin(), route.refusals.end());
    if (route.bare) return statuses;
    statuses.insert({429, 503});
    if (!route.query.empty()) statuses.insert({400, 422});
    if (route.takes_position()) statuses.insert(400);
    if (!is_open(route)) statuses.insert({401, 403});
    if (route.path.find('{') != std::string::npos) statuses.insert(404);
    if (route.body.form != BodyRule::Form::none) statuses.insert({400, 413, 415, 422});
    if (takes_key(route)) statuses.insert({400, 409, 413, 422});
    if (takes_if_match(route)) statuses.insert({400, 412});
    return statuses;
}

class Writer {
  public:
    Writer(const Route& route, const JsonObject& components)
        : route_(route), components_(components) {}

    [[nodiscard]] Json operation() const {
        JsonObject out{{"operationId", operation_id(route_)}, {"summary", route_.summary}};
        out.append("tags", JsonArray{route_.tag});
        if (is_open(route_))
            out.append("security", JsonArray{});
        else
            out.append("x-permission", grant_of(route_.permission).name);
        if (auto parameters = parameters_json(route_); !parameters.empty())
            out.append("parameters", std::move(parameters));
        if (route_.body.form != BodyRule::Form::none) out.append("requestBody", body());
        out.append("responses", answers());
        return out;
    }

  private:
    [[nodiscard]] Json schema(const std::string& component) const {
        if (!components_.contains(component))
            throw std::logic_error(route_.method + " " + route_.path +
                                   " names no component: " + component);
        return reference_to("schemas", component);
    }

    [[nodiscard]] Json body() const {
        JsonObject content;
        if (route_.body.form == BodyRule::Form::upload) {
            for (const std::string& type : route_.body.media_types)
                content.append(type, upload(type));
        } else {
            const Json taken =
                route_.body.schema.empty() ? typed("object") : schema(route_.body.schema);
            content.append("application/json", JsonObject{{"schema", taken}});
            if (route_.method == "PATCH" || route_.method == "PUT")
                content.append("application/merge-patch+json", JsonObject{{"schema", taken}});
            for (const std::string& type : route_.body.media_types)
                content.append(type, JsonObject{{"schema", taken}});
        }
        const bool required = route_.body.form != BodyRule::Form::optional_json &&
                              route_.body.form != BodyRule::Form::any_json;
        return JsonObject{{"required", required}, {"content", std::move(content)}};
    }

    /// A file as it is, or the form with its part `file`.
    [[nodiscard]] static Json upload(const std::string& media_type) {
        if (media_type != "multipart/form-data") return JsonObject{{"schema", typed("string")}};
        const Json file =
            JsonObject{{"type", "string"}, {"contentMediaType", "application/octet-stream"}};
        return JsonObject{{"schema", JsonObject{{"type", "object"},
                                                {"properties", JsonObject{{"file", file}}},
                                                {"required", JsonArray{"file"}}}}};
    }

    [[nodiscard]] Json answers() const {
        std::map<int, Json> by_status;
        for (const Answer& answer : route_.answers) {
            const auto [known, is_first] = by_status.emplace(answer.status, json(answer));
            if (!is_first)
                known->second.object()->find("content")->object()->append(answer.media_type,
                                                                          content(answer));
        }
        for (const int status : refusals(route_))
            by_status.emplace(status, reference_to("responses", fmt::format("Problem{}", status)));
        JsonObject out;
        for (auto& [status, answer] : by_status)
            out.append(std::to_string(status), std::move(answer));
        return out;
    }

    [[nodiscard]] Json json(const Answer& answer) const {
        JsonObject out{{"description", answer.description}};
        if (auto headers = headers_of(answer); !headers.empty())
            out.append("headers", std::move(headers));
        const bool has_body = !answer.schema.empty() || answer.media_type != "application/json";
        if (has_body) out.append("content", JsonObject{{answer.media_type, content(answer)}});
        return out;
    }

    [[nodiscard]] Json content(const Answer& answer) const {
        return JsonObject{
            {"schema", answer.schema.empty() ? typed("string") : schema(answer.schema)}};
    }

    [[nodiscard]] JsonObject headers_of(const Answer& answer) const {
        JsonObject out;
        const auto add = [&](const char* name) { out.append(name, reference_to("headers", name)); };
        if (route_.bare || answer.status >= 400 || answer.status < 200) return out;
        if (answer.has_etag) add("ETag");
        if (std::ranges::count(route_.query, "as_of", &Parameter::name) > 0)
            add("Throughline-As-Of");
        if (answer.status == 201 || answer.status == 202) add("Location");
        if (answer.status == 200 && route_.body.form == BodyRule::Form::upload)
            add("Preference-Applied");
        if (takes_key(route_)) {
            add("Throughline-Position");
            add("Idempotency-Replayed");
        }
        add("RateLimit");
        add("RateLimit-Policy");
        add("traceparent");
        return out;
    }

    const Route& route_;
    const JsonObject& components_;
};

} // namespace

Json openapi_operation(const Route& route, const JsonObject& components) {
    return Writer(route, components).operation();
}

} // namespace throughline
