#include "domain/rules/action_schema.hpp"

#include "domain/schema_words.hpp"

namespace throughline::rules {

namespace {

Json texts(const char* pattern) { return JsonObject{{"type", "string"}, {"pattern", pattern}}; }

Json template_schema() { return texts("\\{\\{.+\\}\\}"); }

/// Of a value without templates.
Json plain_schema(Takes takes) {
    switch (takes) {
    case Takes::text: return typed("string");
    case Takes::any: return JsonObject{};
    case Takes::object: return typed("object");
    case Takes::addresses:
        return JsonObject{{"type", JsonArray{"string", "array"}}, {"items", typed("string")}};
    case Takes::headers:
        return JsonObject{{"type", "object"}, {"additionalProperties", typed("string")}};
    case Takes::method:
        return JsonObject{
            {"type", "string"},
            {"enum", JsonArray{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}}};
    case Takes::duration:
        return JsonObject{{"type", JsonArray{"string", "integer"}},
                          {"description", "Such as 12h or 2d, or a number of days."}};
    case Takes::id: return formatted("uuid");
    case Takes::name: return texts("^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$");
    }
    return JsonObject{};
}

Json parameter_schema(Takes takes) {
    if (takes == Takes::text || takes == Takes::any || takes == Takes::addresses)
        return plain_schema(takes);
    return JsonObject{{"anyOf", JsonArray{plain_schema(takes), template_schema()}}};
}

} // namespace

Json action_schema(const ActionType& type) {
    JsonObject properties;
    JsonArray required;
    for (const ActionParameter& parameter : type.parameters) {
        properties.append(parameter.name, parameter_schema(parameter.takes));
        if (parameter.required) required.emplace_back(parameter.name);
    }
    JsonObject schema{{"type", "object"},
                      {"properties", std::move(properties)},
                      {"required", std::move(required)},
                      {"additionalProperties", false}};
    JsonArray one_of;
    for (const std::string_view name : type.one_of)
        one_of.push_back(JsonObject{{"required", JsonArray{name}}});
    if (!one_of.empty()) schema.append("anyOf", std::move(one_of));
    return schema;
}

} // namespace throughline::rules
