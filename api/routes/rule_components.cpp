#include "api/routes/rule_components.hpp"

#include "api/openapi.hpp"
#include "api/routes/rule_answers.hpp"
#include "domain/record/schema.hpp"
#include "domain/schema_words.hpp"

namespace throughline {

namespace {

Json last_run_schema() {
    return JsonObject{
        {"type", JsonArray{"object", "null"}},
        {"properties", JsonObject{{"at", formatted("date-time")}, {"status", typed("string")}}}};
}

/// Conditions are read as they were written.
Json rule_schema() {
    Json schema = record_schema(rule_kind());
    JsonObject& properties = *schema.object()->find("properties")->object();
    properties.set("conditions",
                   JsonObject{{"type", JsonArray{"array", "object", "null"}},
                              {"items", typed("object")},
                              {"description", "A JsonLogic object, or a list: all must hold."}});
    properties.append("last_run", last_run_schema());
    return schema;
}

/// What was read may be sent as it is.
Json update_schema() {
    Json schema = write_schema(rule_kind(), false);
    Json last_run = last_run_schema();
    last_run.object()->append("description", "Is passed over.");
    schema.object()->find("properties")->object()->append("last_run", std::move(last_run));
    return schema;
}

Json version_schema() {
    const Json change = JsonObject{{"type", "object"}, {"required", JsonArray{"old", "new"}}};
    return object_of_all(
        {{"version", JsonObject{{"type", "integer"}, {"minimum", 1}}},
         {"at", formatted("date-time")},
         {"event", typed("string")},
         {"by", nullable("object")},
         {"channel", typed("string")},
         {"changes", JsonObject{{"type", "object"}, {"additionalProperties", change}}},
         {"rule", typed("object")}});
}

} // namespace

JsonObject rule_components() {
    return {{"Automation", rule_schema()},
            {"AutomationCreate", write_schema(rule_kind(), true)},
            {"AutomationUpdate", update_schema()},
            {"AutomationList", list_schema("Automation")},
            {"AutomationVersion", version_schema()},
            {"AutomationVersions", list_schema("AutomationVersion")}};
}

} // namespace throughline
