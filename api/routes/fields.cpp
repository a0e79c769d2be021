#include "api/routes/fields.hpp"

#include "api/routes/parameters.hpp"
#include "api/routes/rows.hpp"
#include "api/routes/write_answer.hpp"
#include "domain/record/custom_fields.hpp"
#include "domain/schema_words.hpp"

namespace throughline {

namespace {

using Changed = CustomFields::Changed;

struct Handlers {
    FieldRoutes with;

    [[nodiscard]] const Kind* kind(const Request& request) const {
        return with.registry.find(request.path_parameter("kind"));
    }

    [[nodiscard]] Result<Response> list(const Request& request) const {
        const Kind* const of = kind(request);
        if (of == nullptr) return no_such("kind");
        return page_of_all(request, with.fields.list(request.principal->tenant_id, *of),
                           "fields of " + of->name);
    }

    /// `edit` changes the definitions of a kind.
    template <class Edit>
    [[nodiscard]] Result<Response> edit(const Request& request, int status, Edit edit) const {
        const Kind* const of = kind(request);
        if (of == nullptr) return no_such("kind");
        const auto claim = with.keys.claim(request);
        if (!claim) return claim.error();
        auto context = command_context(request, *claim);
        if (!context) return context.error();
        context->caller = Caller::system(); // the route asks for the permission
        const Result<Changed> changed = edit(*context, *of);
        if (!changed) return changed.error();
        Response response =
            status == 204 ? no_content() : json_response(status, to_text(Json(changed->field)));
        if (status == 201)
            response.with("Location",
                          "/api/fields/" + of->name + "/" + *changed->field.find("key")->string());
        return with_position(std::move(response), changed->written);
    }

    [[nodiscard]] Result<Response> add(const Request& request) const {
        return edit(request, 201, [&](const CommandContext& context, const Kind& of) {
            return with.fields.add(context, of, *request.json);
        });
    }

    [[nodiscard]] Result<Response> change(const Request& request) const {
        return edit(request, 200, [&](const CommandContext& context, const Kind& of) {
            return with.fields.change(context, of, request.path_parameter("key"), *request.json);
        });
    }

    [[nodiscard]] Result<Response> remove(const Request& request) const {
        return edit(request, 204, [&](const CommandContext& context, const Kind& of) {
            return with.fields.remove(context, of, request.path_parameter("key"));
        });
    }
};

JsonObject properties() {
    JsonArray types;
    for (std::string& type : custom_field_types()) types.emplace_back(std::move(type));
    return {{"key", JsonObject{{"type", "string"}, {"pattern", "^[a-z0-9_]{1,50}$"}}},
            {"label", JsonObject{{"type", "string"}, {"maxLength", 100}}},
            {"type", JsonObject{{"type", "string"}, {"enum", std::move(types)}}},
            {"required", typed("boolean")},
            {"choices", JsonObject{{"type", "array"},
                                   {"items", JsonObject{{"type", "string"}, {"maxLength", 100}}},
                                   {"maxItems", 100}}},
            {"target",
             JsonObject{{"type", "string"}, {"description", "Of a reference: a kind, or user."}}}};
}

} // namespace

Routes FieldRoutes::rows() const {
    RowsOf<Handlers> rows(Handlers{*this}, "/fields/{kind}", "fields");
    rows.add("GET", "", "List the tenant's fields of a kind", Permission::tenant_read,
             {200, "The fields.", "FieldList"}, &Handlers::list)
        .query = page_parameters(most_a_page);
    Route& add =
        rows.add("POST", "", "Add a field, or choices to a field of the kind",
                 Permission::tenant_change, {201, "The new field.", "Field"}, &Handlers::add);
    add.body = json_body("NewField");
    add.refusals = {404, 409};
    Route& change =
        rows.add("PATCH", "/{key}", "Change a field (JSON merge patch)", Permission::tenant_change,
                 {200, "The field.", "Field"}, &Handlers::change);
    change.body = json_body("FieldUpdate");
    rows.add("DELETE", "/{key}", "Remove a field; values stay in the metadata of records",
             Permission::tenant_change, {204, "It is removed.", ""}, &Handlers::remove);
    Routes routes = std::move(rows).take();
    for (Route& route : routes) {
        route.id_parameters = {};
        if (route.refusals.empty()) route.refusals = {404};
    }
    return routes;
}

Routes tenant_description_routes(TenantKinds& kinds,
                                 const std::function<std::string(const Registry&)>& describe) {
    Route route;
    route.method = "GET";
    route.path = "/tenant/openapi.json";
    route.summary = "The description of the API with the tenant's own fields";
    route.tag = "fields";
    route.permission = Permission::tenant_read;
    route.answers = {{200, "OpenAPI 3.1.", "OpenApi"}};
    route.handler = [&kinds, &describe](const Request& request) -> Result<Response> {
        return json_response(200, describe(kinds.registry_of(request.principal->tenant_id)));
    };
    return {std::move(route)};
}

JsonObject field_components() {
    JsonObject written{
        {"type", "object"}, {"properties", properties()}, {"additionalProperties", false}};
    JsonObject created = written;
    created.append("required", JsonArray{"key", "type"});
    return {{"OpenApi", typed("object")},
            {"Field", object_of(properties(), {"key", "label", "type", "required", "choices"})},
            {"NewField", std::move(created)},
            {"FieldUpdate", std::move(written)},
            {"FieldList",
             JsonObject{{"type", "object"},
                        {"required", JsonArray{"items", "pagination"}},
                        {"properties",
                         JsonObject{{"items", array_of(JsonObject{{"$ref", "#/components/schemas/"
                                                                           "Field"}})},
                                    {"pagination", typed("object")}}}}}};
}

} // namespace throughline
