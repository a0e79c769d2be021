#include "domain/schema_words.hpp"

namespace throughline {

Json typed(std::string_view type) { return JsonObject{{"type", type}}; }

Json nullable(std::string_view type) { return JsonObject{{"type", JsonArray{type, "null"}}}; }

Json formatted(std::string_view format) {
    return JsonObject{{"type", "string"}, {"format", format}};
}

Json array_of(Json items) { return JsonObject{{"type", "array"}, {"items", std::move(items)}}; }

Json object_of(JsonObject properties) {
    return JsonObject{{"type", "object"}, {"properties", std::move(properties)}};
}

Json object_of(JsonObject properties, JsonArray required) {
    return JsonObject{{"type", "object"},
                      {"properties", std::move(properties)},
                      {"required", std::move(required)}};
}

Json object_of_all(JsonObject properties) {
    JsonArray required;
    for (const JsonMember& member : properties) required.emplace_back(member.name);
    return object_of(std::move(properties), std::move(required));
}

Json closed(Json object) {
    object.object()->append("additionalProperties", false);
    return object;
}

} // namespace throughline
