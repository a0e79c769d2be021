#include "api/routes/list_parameters.hpp"

#include "domain/schema_words.hpp"

namespace throughline {
namespace {

using Names = std::vector<std::string>;

/// Names of the list separated by commas, each with a sign before it.
Json names_schema(const Names& names, const std::string& sign) {
    std::string one;
    for (const std::string& name : names) one += (one.empty() ? "" : "|") + name;
    one = sign + "(" + one + ")";
    return JsonObject{{"type", "string"}, {"pattern", "^(" + one + "(," + one + ")*)?$"}};
}

bool is_scalar(const Field& field) {
    return !field.is_list() && field.type != FieldType::metadata && field.type != FieldType::own;
}

Names sortable_names(const Kind& kind) {
    Names names = {"id", "version", "created_at", "updated_at"};
    for (const Field& field : kind.fields)
        if (is_scalar(field))
            names.push_back(field.name);
        else if (field.type == FieldType::metadata)
            names.push_back(field.name + "[.][^,]+");
    return names;
}

Names readable_names(const Kind& kind) {
    Names names = {"id", "version", "created_at", "updated_at"};
    for (const Field& field : kind.fields) {
        names.push_back(field.name);
        if (const auto member = field.name_member(); !member.empty()) names.push_back(member);
    }
    return names;
}

Parameter filter_by(const std::string& name, Json schema) {
    return {"filter[" + name + "]", std::move(schema),
            "Only where " + name + " equals this; `filter[" + name +
                "][op]` with eq, ne, gt, gte, lt, lte, in, contains, starts_with, exists."};
}

/// What a filter without an operator takes.
Json filter_schema(const Field& field) {
    if (field.refers()) return formatted("uuid");
    if (field.type == FieldType::date) return formatted("date");
    if (field.type == FieldType::time) return formatted("date-time");
    if (field.type == FieldType::money || field.type == FieldType::number)
        return JsonObject{{"type", "string"},
                          {"pattern", "^-?(0|[1-9][0-9]{0,39})([.][0-9]{1,4})?([eE][+-]?[0-9])?$"}};
    if (field.type == FieldType::flag) return typed("boolean");
    Json schema = typed("string");
    if (!field.choices.empty())
        schema.object()->append("examples", JsonArray(field.choices.begin(), field.choices.end()));
    return schema;
}

} // namespace

std::vector<Parameter> list_parameters(const Kind& kind) {
    std::vector<Parameter> parameters = {
        {"limit",
         JsonObject{{"type", "integer"}, {"minimum", 1}, {"maximum", 200}, {"default", 50}},
         "Items a page."},
        {"cursor", typed("string"), "`pagination.next` of the page before."},
        {"sort", names_schema(sortable_names(kind), "-?"),
         "Fields, comma separated, `-` before one that descends: `-updated_at,name`."},
        {"fields", names_schema(readable_names(kind), ""),
         "Members to answer with; `id` and `version` always come."},
        {"q", typed("string"), "Words to find; the last may be a beginning."},
        {"count", JsonObject{{"type", "boolean"}, {"default", false}},
         "Answer with `pagination.total`, too."},
        filter_by("id", formatted("uuid")),
        filter_by("version", typed("integer")),
        filter_by("created_at", formatted("date-time")),
        filter_by("updated_at", formatted("date-time"))};
    for (const Field& field : kind.fields)
        parameters.push_back(field.type == FieldType::metadata
                                 ? filter_by(field.name + ".key", typed("string"))
                                 : filter_by(field.name, filter_schema(field)));
    return parameters;
}

} // namespace throughline
