#include "api/routes/list_parameters.hpp"

namespace throughline {
namespace {

Json text_schema() { return JsonObject{{"type", "string"}}; }

} // namespace

std::vector<Parameter> list_parameters(const Kind& kind) {
    std::vector<Parameter> parameters = {
        {"limit",
         JsonObject{{"type", "integer"}, {"minimum", 1}, {"maximum", 200}, {"default", 50}},
         "Items a page."},
        {"cursor", text_schema(), "`pagination.next` of the page before."},
        {"sort", text_schema(),
         "Fields, comma separated, `-` before one that descends: `-updated_at,name`."},
        {"fields", text_schema(), "Members to answer with; `id` and `version` always come."},
        {"q", text_schema(), "Words to find; the last may be a beginning."},
        {"count", JsonObject{{"type", "boolean"}, {"default", false}},
         "Answer with `pagination.total`, too."},
    };
    std::vector<std::string> names = {"id", "version", "created_at", "updated_at"};
    for (const Field& field : kind.fields) names.push_back(field.name);
    for (const std::string& name : names)
        parameters.push_back(
            {"filter[" + name + "]", text_schema(),
             "Only where " + name + " equals this; `filter[" + name +
                 "][op]` with eq, ne, gt, gte, lt, lte, in, contains, starts_with, exists."});
    return parameters;
}

} // namespace throughline
