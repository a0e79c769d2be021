#include "api/routes/page_components.hpp"

namespace throughline {
namespace {

Json typed(const char* type) { return JsonObject{{"type", type}}; }

Json nullable(const char* type) { return JsonObject{{"type", JsonArray{type, "null"}}}; }

Json formatted(const char* format) { return JsonObject{{"type", "string"}, {"format", format}}; }

Json user() {
    return JsonObject{{"type", JsonArray{"object", "null"}},
                      {"properties", JsonObject{{"id", formatted("uuid")},
                                                {"name", typed("string")},
                                                {"email", nullable("string")}}}};
}

Json page_of(JsonObject properties) {
    return JsonObject{
        {"type", "object"},
        {"properties",
         JsonObject{{"items", list_of(std::move(properties))},
                    {"pagination",
                     JsonObject{{"type", "object"},
                                {"properties", JsonObject{{"total", typed("integer")},
                                                          {"limit", typed("integer")},
                                                          {"offset", typed("integer")},
                                                          {"next", nullable("string")},
                                                          {"total_capped", typed("boolean")}}},
                                {"required", JsonArray{"total", "limit", "offset", "next"}}}}}},
        {"required", JsonArray{"items", "pagination"}}};
}

} // namespace

Json list_of(JsonObject properties) {
    JsonArray required;
    for (const JsonMember& member : properties) required.emplace_back(member.name);
    return JsonObject{{"type", "array"},
                      {"items", JsonObject{{"type", "object"},
                                           {"properties", std::move(properties)},
                                           {"required", std::move(required)}}}};
}

JsonObject page_components() {
    return {{"AuditPage", page_of({{"id", formatted("uuid")},
                                   {"position", typed("integer")},
                                   {"timestamp", formatted("date-time")},
                                   {"event", typed("string")},
                                   {"entity_type", typed("string")},
                                   {"entity_id", formatted("uuid")},
                                   {"action", typed("string")},
                                   {"tenant_id", formatted("uuid")},
                                   {"user_id", nullable("string")},
                                   {"user", user()},
                                   {"channel", typed("string")},
                                   {"before", nullable("object")},
                                   {"after", nullable("object")},
                                   {"metadata", typed("object")},
                                   {"correlation_id", formatted("uuid")}})},
            {"TimelinePage", page_of({{"type", typed("string")},
                                      {"timestamp", formatted("date-time")},
                                      {"summary", typed("string")},
                                      {"details", typed("object")},
                                      {"user", user()}})}};
}

} // namespace throughline
