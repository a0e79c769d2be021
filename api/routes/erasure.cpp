#include "api/routes/erasure.hpp"

#include "api/routes/record_answers.hpp"
#include "domain/record/schema.hpp"
#include "domain/record/view.hpp"
#include "domain/schema_words.hpp"
#include "handlers/stream_walk.hpp"

#include <array>

namespace throughline {
namespace {

constexpr std::array<std::string_view, 2> kinds_of_persons{"contact", "lead"};

const Kind& erase_form() {
    static const Kind form{"PersonErase", "", {flag("dry_run").initially(false)}};
    return form;
}

Result<Response> erase(const ErasureRoutes& with, const Kind& kind, const Request& request) {
    bool dry_run = false;
    if (request.json) {
        const auto draft = check_create(erase_form(), *request.json);
        if (!draft) return draft.error();
        const Json* const wanted = draft->values.find("dry_run");
        dry_run = wanted != nullptr && *wanted == Json(true);
    }
    const auto claim = with.keys.claim(request);
    if (!claim) return claim.error();
    const auto context = command_context(request, *claim);
    if (!context) return context.error();
    const auto erased = with.erasure.erase(*context, {kind.name, request.path_id()}, dry_run);
    if (!erased) return erased.error();
    Response response = json_response(200, to_text(erased->report));
    response.with("Throughline-Position", std::to_string(erased->position));
    if (erased->replayed) response.with("Idempotency-Replayed", "true");
    return response;
}

/// All that the log has of a person: their records as they stand, and every event of these.
Result<Response> export_subject(const ErasureRoutes& with, const Kind& kind,
                                const Request& request) {
    const Uuid& tenant = request.principal->tenant_id;
    const auto heads = with.erasure.records_of(tenant, {kind.name, request.path_id()});
    if (!heads) return heads.error();
    Names names(with.store, with.registry, *request.principal);
    for (const StreamHead& head : *heads)
        if (head.version != 0) names.add(*with.registry.find(head.stream.kind), head.state);
    const NameOf name_of = names.fetch();
    std::string records;
    std::string events;
    for (const StreamHead& head : *heads) {
        if (head.version == 0) continue;
        records += (records.empty() ? "" : ",") + std::string("{\"kind\":\"") + head.stream.kind +
                   "\",\"deleted\":" + (head.archived ? "true" : "false") + ",\"record\":" +
                   record_json(*with.registry.find(head.stream.kind), head.stream.id, head.version,
                               head.state, name_of) +
                   "}";
        walk_stream(with.store, tenant, head.stream, 0, head.version,
                    [&](const StoredEvent& event) {
                        events += (events.empty() ? "" : ",") + to_cloudevent(event);
                    });
    }
    Response response =
        json_response(200, "{\"records\":[" + records + "],\"events\":[" + events + "]}");
    response.with("Content-Disposition", "attachment; filename=\"" + kind.name + "-" +
                                             to_string(request.path_id()) + ".json\"");
    return response;
}

} // namespace

Routes ErasureRoutes::rows() const {
    Routes routes;
    for (const std::string_view name : kinds_of_persons) {
        const Kind& kind = *registry.find(name);
        Route& erasing = routes.emplace_back();
        erasing.method = "POST";
        erasing.path = "/" + kind.plural + "/{id}/erase";
        erasing.summary = "Erase a person: their personal data, in the log too";
        erasing.tag = kind.plural;
        erasing.permission = Permission::records_erase;
        erasing.body.form = BodyRule::Form::optional_json;
        erasing.body.schema = erase_form().name;
        erasing.answers = {{200, "Where the person stood.", "PersonErased"}};
        erasing.refusals = {409, 412};
        erasing.handler = [with = *this, &kind](const Request& request) {
            return erase(with, kind, request);
        };
        Route& exporting = routes.emplace_back();
        exporting.method = "GET";
        exporting.path = "/" + kind.plural + "/{id}/subject-export";
        exporting.summary = "All that is known of a person";
        exporting.tag = kind.plural;
        exporting.permission = Permission::records_erase;
        exporting.answers = {{200, "Their records and all events of these.", "SubjectExport"}};
        exporting.handler = [with = *this, &kind](const Request& request) {
            return export_subject(with, kind, request);
        };
    }
    return routes;
}

JsonObject erasure_components() {
    const Json place = JsonObject{
        {"type", "object"},
        {"required", JsonArray{"place", "count"}},
        {"properties",
         JsonObject{{"place", JsonObject{{"type", "string"},
                                         {"enum", JsonArray{"events", "faults", "mails",
                                                            "notifications", "queues", "analytics",
                                                            "automation_runs", "backtests"}}}},
                    {"kind", typed("string")},
                    {"records", typed("integer")},
                    {"count", typed("integer")}}}};
    const Json record = JsonObject{{"type", "object"},
                                   {"required", JsonArray{"kind", "deleted", "record"}},
                                   {"properties", JsonObject{{"kind", typed("string")},
                                                             {"deleted", typed("boolean")},
                                                             {"record", typed("object")}}}};
    return {
        {erase_form().name, write_schema(erase_form(), true)},
        {"PersonErased", JsonObject{{"type", "object"},
                                    {"required", JsonArray{"erased_events", "places"}},
                                    {"properties", JsonObject{{"erased_events", typed("integer")},
                                                              {"places", array_of(place)}}}}},
        {"SubjectExport",
         JsonObject{{"type", "object"},
                    {"required", JsonArray{"records", "events"}},
                    {"properties",
                     JsonObject{{"records", array_of(record)},
                                {"events",
                                 array_of(JsonObject{{"$ref", "#/components/schemas/Event"}})}}}}}};
}

} // namespace throughline
