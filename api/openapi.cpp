#include "api/openapi.hpp"

#include "api/problem.hpp"
#include "api/routes/records.hpp"
#include "domain/record/schema.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>
#include <stdexcept>

namespace throughline {

namespace {

Json string_schema() { return JsonObject{{"type", "string"}}; }

Json reference_to(std::string_view component) {
    return JsonObject{{"$ref", "#/components/schemas/" + std::string(component)}};
}

Json problem_schema() {
    const Json fault = JsonObject{{"type", "object"},
                                  {"properties", JsonObject{{"pointer", string_schema()},
                                                            {"parameter", string_schema()},
                                                            {"code", string_schema()},
                                                            {"detail", string_schema()}}},
                                  {"required", JsonArray{"code", "detail"}}};
    return JsonObject{
        {"type", "object"},
        {"description", "RFC 9457. `pointer` is a JSON pointer into the body, `parameter` names "
                        "one of the query."},
        {"properties", JsonObject{{"type", string_schema()},
                                  {"title", string_schema()},
                                  {"status", JsonObject{{"type", "integer"}}},
                                  {"detail", string_schema()},
                                  {"instance", string_schema()},
                                  {"errors", JsonObject{{"type", "array"}, {"items", fault}}},
                                  {"trace_id", string_schema()}}},
        {"required",
         JsonArray{"type", "title", "status", "detail", "instance", "errors", "trace_id"}},
        {"examples",
         JsonArray{JsonObject{
             {"type", "urn:throughline:problem:invalid"},
             {"title", "The request breaks a rule"},
             {"status", 422},
             {"detail", "The request breaks a rule."},
             {"instance", "/api/contacts"},
             {"errors", JsonArray{JsonObject{
                            {"pointer", "/name"}, {"code", "required"}, {"detail", "Is needed."}}}},
             {"trace_id", "4bf92f3577b34da6a3ce929d0e0e4736"}}}}};
}

/// "GET /contacts/{id}/history" becomes get_contacts_id_history.
std::string operation_id(const Route& route) {
    std::string id;
    for (const char c : route.method) id += static_cast<char>(c | 0x20);
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

JsonArray parameters_json(const Route& route) {
    JsonArray out;
    for (auto at = route.path.find('{'); at != std::string::npos;
         at = route.path.find('{', at + 1)) {
        const std::string name = route.path.substr(at + 1, route.path.find('}', at) - at - 1);
        Json schema = string_schema();
        if (std::ranges::count(route.id_parameters, name) > 0)
            schema.object()->append("format", "uuid");
        out.push_back(parameter_json(name, "path", true, "", std::move(schema)));
    }
    for (const Parameter& parameter : route.query)
        out.push_back(
            parameter_json(parameter.name, "query", parameter.required, parameter.description,
                           parameter.schema.is_null() ? string_schema() : parameter.schema));
    if (route.reads_at_position)
        out.push_back(parameter_json(
            "Throughline-Min-Position", "header", false,
            "Waits up to 2 s until the answer shows this position of the log, else 503.",
            JsonObject{{"type", "integer"}, {"minimum", 0}}));
    const bool writes = route.method != "GET" && route.permission != Permission::open;
    if (writes)
        out.push_back(parameter_json("Idempotency-Key", "header", false,
                                     "The same key and body again replays the stored answer.",
                                     JsonObject{{"type", "string"}, {"maxLength", 255}}));
    if (route.method == "PATCH" || route.method == "PUT" || route.method == "DELETE")
        out.push_back(parameter_json("If-Match", "header", false,
                                     "The ETag of the version that was read.", string_schema()));
    return out;
}

class Writer {
  public:
    explicit Writer(const Components& components) : components_(components) {}

    [[nodiscard]] Json operation(const Route& route) const {
        JsonObject out{{"operationId", operation_id(route)}, {"summary", route.summary}};
        out.append("tags", JsonArray{route.tag});
        if (route.permission == Permission::open)
            out.append("security", JsonArray{});
        else
            out.append("x-permission", grant_of(route.permission).name);
        if (auto parameters = parameters_json(route); !parameters.empty())
            out.append("parameters", std::move(parameters));
        if (route.body.form != BodyRule::Form::none) out.append("requestBody", body(route));
        out.append("responses", answers(route));
        return out;
    }

  private:
    [[nodiscard]] Json reference(const Route& route, const std::string& component) const {
        if (!components_.contains(component))
            throw std::logic_error(route.method + " " + route.path +
                                   " names no component: " + component);
        return reference_to(component);
    }

    [[nodiscard]] Json body(const Route& route) const {
        JsonObject content;
        if (route.body.form == BodyRule::Form::upload) {
            for (const std::string& type : route.body.media_types)
                content.append(type, JsonObject{});
        } else {
            const Json schema = route.body.schema.empty() ? Json(JsonObject{{"type", "object"}})
                                                          : reference(route, route.body.schema);
            content.append("application/json", JsonObject{{"schema", schema}});
            if (route.method == "PATCH" || route.method == "PUT")
                content.append("application/merge-patch+json", JsonObject{{"schema", schema}});
        }
        const bool required = route.body.form != BodyRule::Form::optional_json;
        return JsonObject{{"required", required}, {"content", std::move(content)}};
    }

    [[nodiscard]] Json answers(const Route& route) const {
        std::map<int, Json> by_status;
        for (const Answer& answer : route.answers) {
            JsonObject out{{"description", answer.description}};
            if (!answer.schema.empty())
                out.append("content",
                           JsonObject{{answer.media_type,
                                       JsonObject{{"schema", reference(route, answer.schema)}}}});
            else if (answer.media_type != "application/json")
                out.append("content", JsonObject{{answer.media_type,
                                                  JsonObject{{"schema", string_schema()}}}});
            by_status.emplace(answer.status, std::move(out));
        }
        for (const int status : common_faults(route))
            by_status.emplace(
                status,
                JsonObject{{"$ref", fmt::format("#/components/responses/Problem{}", status)}});
        JsonObject out;
        for (auto& [status, answer] : by_status)
            out.append(std::to_string(status), std::move(answer));
        return out;
    }

    [[nodiscard]] static std::set<int> common_faults(const Route& route) {
        std::set<int> faults{503};
        if (route.bare) return {};
        if (!route.query.empty()) faults.insert({400, 422});
        if (route.permission != Permission::open) faults.insert({401, 403});
        if (route.path.find('{') != std::string::npos) faults.insert(404);
        if (route.body.form != BodyRule::Form::none) faults.insert({400, 413, 415, 422});
        return faults;
    }

    const Components& components_;
};

Json problem_responses() {
    const Json content =
        JsonObject{{"application/problem+json", JsonObject{{"schema", reference_to("Problem")}}}};
    JsonObject out;
    for (const ProblemKind& kind : problem_kinds())
        if (kind.status >= 400)
            out.append(fmt::format("Problem{}", kind.status),
                       JsonObject{{"description", kind.title}, {"content", content}});
    return out;
}

Json tags_json(const Routes& routes) {
    JsonArray out;
    std::set<std::string> seen;
    for (const Route& route : routes)
        if (seen.insert(route.tag).second) out.push_back(JsonObject{{"name", route.tag}});
    return out;
}

} // namespace

Json list_schema(const std::string& component) {
    const Json cursor = JsonObject{{"type", JsonArray{"string", "null"}}};
    const Json pagination =
        JsonObject{{"type", "object"},
                   {"properties", JsonObject{{"limit", JsonObject{{"type", "integer"}}},
                                             {"next", cursor},
                                             {"total", JsonObject{{"type", "integer"}}}}},
                   {"required", JsonArray{"limit", "next"}}};
    return JsonObject{
        {"type", "object"},
        {"properties",
         JsonObject{{"items", JsonObject{{"type", "array"}, {"items", reference_to(component)}}},
                    {"pagination", pagination}}},
        {"required", JsonArray{"items", "pagination"}}};
}

Components record_components(const Registry& registry) {
    Components out{{"Problem", problem_schema()}};
    for (const Kind& kind : registry.kinds()) {
        out.append(component_name(kind), record_schema(kind));
        out.append(component_name(kind, "Create"), write_schema(kind, true));
        out.append(component_name(kind, "Update"), write_schema(kind, false));
        out.append(component_name(kind, "List"), list_schema(component_name(kind)));
    }
    return out;
}

Json openapi_document(const Routes& routes, const Registry& registry,
                      const std::vector<Components>& more) {
    Components components = record_components(registry);
    for (const Components& some : more)
        for (const JsonMember& component : some) components.set(component.name, component.value);
    const Writer writer(components);
    JsonObject paths;
    for (const Route& route : routes) {
        const std::string path = (route.bare ? "" : "/api") + route.path;
        Json* item = paths.find(path);
        if (item == nullptr) item = &paths.append(path, JsonObject{});
        std::string method = route.method;
        std::ranges::transform(method, method.begin(),
                               [](char c) { return static_cast<char>(c | 0x20); });
        item->object()->append(method, writer.operation(route));
    }
    return JsonObject{
        {"openapi", "3.1.0"},
        {"info",
         JsonObject{{"title", "Throughline"},
                    {"version", "1"},
                    {"description",
                     "Every path also answers under /api/v1. Errors are problem documents."}}},
        {"servers", JsonArray{JsonObject{{"url", "/"}}}},
        {"security", JsonArray{JsonObject{{"bearer", JsonArray{}}}}},
        {"tags", tags_json(routes)},
        {"paths", std::move(paths)},
        {"components",
         JsonObject{{"schemas", components},
                    {"responses", problem_responses()},
                    {"securitySchemes",
                     JsonObject{{"bearer", JsonObject{{"type", "http"}, {"scheme", "bearer"}}}}}}}};
}

} // namespace throughline
