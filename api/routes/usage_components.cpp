#include "api/routes/usage.hpp"

#include "domain/schema_words.hpp"

namespace throughline {

namespace {

Json id_or_null() { return JsonObject{{"type", JsonArray{"string", "null"}}, {"format", "uuid"}}; }

} // namespace

JsonObject usage_components() {
    const Json time = formatted("date-time");
    JsonObject usage{{"from", time}, {"to", time}};
    usage.append("requests", typed("integer"));
    usage.append("events", typed("integer"));
    usage.append("by_user", array_of(object_of_all({{"user_id", id_or_null()},
                                                    {"name", nullable("string")},
                                                    {"requests", typed("integer")},
                                                    {"events", typed("integer")}})));
    usage.append("by_key", array_of(object_of_all({{"key_id", id_or_null()},
                                                   {"requests", typed("integer")},
                                                   {"events", typed("integer")}})));
    usage.append("by_route", array_of(object_of_all({{"method", typed("string")},
                                                     {"route", typed("string")},
                                                     {"requests", typed("integer")}})));
    usage.append("activity", array_of(object_of_all({{"user_id", id_or_null()},
                                                     {"name", nullable("string")},
                                                     {"key_id", id_or_null()},
                                                     {"type", typed("string")},
                                                     {"events", typed("integer")},
                                                     {"last_at", time}})));
    return {{"Usage", object_of_all(std::move(usage))}};
}

} // namespace throughline
