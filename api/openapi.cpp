#include "api/openapi.hpp"

#include "api/openapi_examples.hpp"
#include "api/openapi_operation.hpp"
#include "api/routes/records.hpp"
#include "domain/record/schema.hpp"
#include "domain/schema_words.hpp"
#include "domain/text.hpp"

#include <set>

namespace throughline {

namespace {

Json reference_to(std::string_view component) {
    return JsonObject{{"$ref", "#/components/schemas/" + std::string(component)}};
}

Json problem_schema() {
    const Json fault = object_of({{"pointer", typed("string")},
                                  {"parameter", typed("string")},
                                  {"code", typed("string")},
                                  {"detail", typed("string")}},
                                 {"code", "detail"});
    return JsonObject{
        {"type", "object"},
        {"description", "RFC 9457. `pointer` is a JSON pointer into the body, `parameter` names "
                        "one of the query."},
        {"properties", JsonObject{{"type", typed("string")},
                                  {"title", typed("string")},
                                  {"status", typed("integer")},
                                  {"detail", typed("string")},
                                  {"instance", typed("string")},
                                  {"errors", array_of(fault)},
                                  {"trace_id", typed("string")}}},
        {"required",
         JsonArray{"type", "title", "status", "detail", "instance", "errors", "trace_id"}}};
}

Json tags_json(const Routes& routes) {
    JsonArray out;
    std::set<std::string> seen;
    for (const Route& route : routes)
        if (seen.insert(route.tag).second) out.push_back(JsonObject{{"name", route.tag}});
    return out;
}

/// Of every kind, under the names of routes/records: Contact, ContactCreate, ContactUpdate,
/// ContactList; and Problem.
JsonObject record_components(const Registry& registry) {
    JsonObject out{{"Problem", problem_schema()}};
    for (const Kind& kind : registry.kinds()) {
        out.append(component_name(kind), record_schema(kind));
        out.append(component_name(kind, "Create"), write_schema(kind, true));
        out.append(component_name(kind, "Update"), write_schema(kind, false));
        out.append(component_name(kind, "List"), list_schema(component_name(kind)));
    }
    return out;
}

} // namespace

Json list_schema(const std::string& component) {
    const Json cursor = nullable("string");
    const Json pagination =
        object_of({{"limit", typed("integer")}, {"next", cursor}, {"total", typed("integer")}},
                  {"limit", "next"});
    return object_of({{"items", array_of(reference_to(component))}, {"pagination", pagination}},
                     {"items", "pagination"});
}

Registry kinds_of_any_tenant(const Registry& registry) {
    std::vector<Kind> kinds = registry.kinds();
    for (Kind& kind : kinds)
        for (Field& field : kind.fields)
            if (field.type == FieldType::choice) field.had_choices = true;
    return Registry(std::move(kinds));
}

Json openapi_document(const Routes& routes, const Registry& registry,
                      const std::vector<JsonObject>& more) {
    JsonObject components = record_components(registry);
    for (const JsonObject& some : more)
        for (const JsonMember& component : some) components.set(component.name, component.value);
    add_examples(components, registry);
    JsonObject paths;
    for (const Route& route : routes) {
        const std::string path = (route.bare ? "" : "/api") + route.path;
        Json* item = paths.find(path);
        if (item == nullptr) item = &paths.append(path, JsonObject{});
        item->object()->append(ascii_lower(route.method), openapi_operation(route, components));
    }
    return JsonObject{
        {"openapi", "3.1.0"},
        {"info",
         JsonObject{
             {"title", "Throughline"},
             {"version", "1"},
             {"description",
              "Every path also answers under /api/v1, and those of the audit log without /api. "
              "/openapi.json has the fields and choices that every tenant begins with, "
              "/api/tenant/openapi.json those that the caller's tenant has. Every refusal is a "
              "problem document (RFC "
              "9457). Beside what each operation lists, any may answer 405 with Allow, 408, "
              "413, 431 or 500."}}},
        {"servers", JsonArray{JsonObject{{"url", "/"}}}},
        {"security", JsonArray{JsonObject{{"bearer", JsonArray{}}}}},
        {"tags", tags_json(routes)},
        {"paths", std::move(paths)},
        {"components",
         JsonObject{
             {"schemas", components},
             {"headers", openapi_headers()},
             {"responses", openapi_problems()},
             {"securitySchemes",
              JsonObject{{"bearer",
                          JsonObject{{"type", "http"},
                                     {"scheme", "bearer"},
                                     {"description", "An access token (JWT) or an API key."}}}}}}}};
}

} // namespace throughline
