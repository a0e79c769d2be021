#include "api/routes/roles.hpp"

#include "domain/schema_words.hpp"

namespace throughline {

namespace {

/// For which records a level has a permission; empty where for none.
std::string_view reach(const Grant& grant, int level) {
    if (level >= grant.others) return "all";
    if (level < grant.own) return "";
    return level >= grant.shared ? "own_and_shared" : "own";
}

Json role_json(const MemberRole& role) {
    JsonObject permissions;
    for (const Grant& grant : grants())
        if (const auto records = reach(grant, role.level); !records.empty())
            permissions.append(grant.name, records);
    return JsonObject{
        {"name", role.name}, {"level", role.level}, {"permissions", std::move(permissions)}};
}

Json grant_json(const Grant& grant) {
    return JsonObject{
        {"name", grant.name},
        {"description", grant.summary},
        {"least_level",
         JsonObject{{"own", grant.own}, {"shared", grant.shared}, {"all", grant.others}}}};
}

std::string matrix_text() {
    JsonArray items;
    JsonArray permissions;
    for (const MemberRole& role : member_roles()) items.push_back(role_json(role));
    for (const Grant& grant : grants()) permissions.push_back(grant_json(grant));
    return to_text(
        JsonObject{{"items", std::move(items)}, {"permissions", std::move(permissions)}});
}

} // namespace

Routes role_routes() {
    Route route;
    route.method = "GET";
    route.path = "/roles";
    route.summary = "The roles, and what each may do";
    route.tag = "identity";
    route.permission = Permission::roles_read;
    route.answers = {{200, "The matrix.", "Roles"}};
    route.handler = [text = matrix_text()](const Request&) { return json_response(200, text); };
    return {std::move(route)};
}

JsonObject role_components() {
    const Json text = typed("string");
    const Json level = typed("integer");
    const Json reach_of = JsonObject{
        {"type", "object"},
        {"description", "For which records the role has the permission, by its name: own, those "
                        "one is the owner or an assignee of; shared, those of kinds without an "
                        "owner. A permission it has for none is left out."},
        {"additionalProperties",
         JsonObject{{"type", "string"}, {"enum", JsonArray{"own", "own_and_shared", "all"}}}}};
    const Json role = object_of_all({{"name", text}, {"level", level}, {"permissions", reach_of}});
    const Json least = object_of_all({{"own", level}, {"shared", level}, {"all", level}});
    const Json permission =
        object_of_all({{"name", text}, {"description", text}, {"least_level", least}});
    return {{"Roles",
             object_of_all({{"items", array_of(role)}, {"permissions", array_of(permission)}})}};
}

} // namespace throughline
