#include "domain/record/completion.hpp"

namespace throughline {

namespace {

bool is_completed(const JsonObject& fields) {
    const Json* const status = fields.find("status");
    return status != nullptr && *status == Json("completed");
}

} // namespace

Result<JsonObject> keep_completion_time(const Kind&, const Record& before, JsonObject values,
                                        Time at) {
    if (!values.contains("status") || values.contains("completed_at")) return values;
    const bool is_now = is_completed(values);
    if (is_now == is_completed(before.fields)) return values;
    values.append("completed_at", is_now ? Json(to_rfc3339(at)) : Json());
    return values;
}

} // namespace throughline
