#include "api/routes/usage.hpp"

#include "api/routes/page_components.hpp"

namespace throughline {

namespace {

Json typed(const char* type) { return JsonObject{{"type", type}}; }

Json nullable(const char* format) {
    JsonObject schema{{"type", JsonArray{"string", "null"}}};
    if (*format != '\0') schema.append("format", format);
    return schema;
}

} // namespace

JsonObject usage_components() {
    const Json time = JsonObject{{"type", "string"}, {"format", "date-time"}};
    JsonObject usage{{"from", time}, {"to", time}};
    usage.append("requests", typed("integer"));
    usage.append("events", typed("integer"));
    usage.append("by_user", list_of({{"user_id", nullable("uuid")},
                                     {"name", nullable("")},
                                     {"requests", typed("integer")},
                                     {"events", typed("integer")}}));
    usage.append("by_key", list_of({{"key_id", nullable("uuid")},
                                    {"requests", typed("integer")},
                                    {"events", typed("integer")}}));
    usage.append("by_route", list_of({{"method", typed("string")},
                                      {"route", typed("string")},
                                      {"requests", typed("integer")}}));
    usage.append("activity", list_of({{"user_id", nullable("uuid")},
                                      {"name", nullable("")},
                                      {"key_id", nullable("uuid")},
                                      {"type", typed("string")},
                                      {"events", typed("integer")},
                                      {"last_at", time}}));
    JsonArray required;
    for (const JsonMember& member : usage) required.emplace_back(member.name);
    return {{"Usage", JsonObject{{"type", "object"},
                                 {"properties", std::move(usage)},
                                 {"required", std::move(required)}}}};
}

} // namespace throughline
