#include "api/openapi.hpp"
#include "api/routes/module_rules.hpp"
#include "domain/schema_words.hpp"

namespace throughline {

namespace {

JsonObject written_properties() {
    const Json text = JsonObject{{"type", "string"}, {"maxLength", 255}, {"pattern", "\\S"}};
    const Json typed_object = JsonObject{{"type", "object"}, {"required", JsonArray{"type"}}};
    const auto list_of = [&](int least, int most) -> Json {
        return JsonObject{
            {"type", "array"}, {"items", typed_object}, {"minItems", least}, {"maxItems", most}};
    };
    return {{"tenant_id", typed("string")},      {"name", text},
            {"description", nullable("string")}, {"module_type", module_type_schema()},
            {"trigger_id", typed("string")},     {"conditions", list_of(0, 100)},
            {"actions", list_of(1, 50)},         {"is_active", typed("boolean")}};
}

} // namespace

Json module_type_schema() {
    return JsonObject{{"type", "string"}, {"enum", JsonArray{"crm", "sales", "custom"}}};
}

JsonObject module_rule_components() {
    const Json text = typed("string");
    const Json names = array_of(text);
    const Json time = formatted("date-time");
    JsonObject read{{"id", formatted("uuid")}};
    for (const auto& [name, schema] : written_properties()) read.append(name, schema);
    read.append("created_at", time);
    read.append("updated_at", time);
    return {
        {"ModuleTrigger", object_of_all({{"trigger_id", text},
                                         {"module_type", text},
                                         {"description", text},
                                         {"required_data", names}})},
        {"ModuleTriggerList", list_schema("ModuleTrigger")},
        {"ModuleRule", object_of_all(std::move(read))},
        {"ModuleRuleList", list_schema("ModuleRule")},
        {"ModuleRuleCreate", closed(object_of(written_properties(),
                                              {"name", "module_type", "trigger_id", "actions"}))}};
}

} // namespace throughline
