#include "api/routes/page_components.hpp"

#include "domain/schema_words.hpp"

namespace throughline {
namespace {

Json user() {
    return JsonObject{{"type", JsonArray{"object", "null"}},
                      {"properties", JsonObject{{"id", formatted("uuid")},
                                                {"name", typed("string")},
                                                {"email", nullable("string")}}}};
}

Json page_of(JsonObject properties) {
    return object_of({{"items", array_of(object_of_all(std::move(properties)))},
                      {"pagination", object_of({{"total", typed("integer")},
                                                {"limit", typed("integer")},
                                                {"offset", typed("integer")},
                                                {"next", nullable("string")},
                                                {"total_capped", typed("boolean")}},
                                               {"total", "limit", "offset", "next"})}},
                     {"items", "pagination"});
}

} // namespace

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
