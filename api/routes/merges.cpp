#include "api/routes/merges.hpp"

#include "api/routes/write_answer.hpp"
#include "domain/schema_words.hpp"

#include <array>

namespace throughline {

namespace {

/// The survivor, the record that is live again, and the fields that stay as they were changed.
Result<Response> unmerged(const MergeRoutes& with, const Request& request, const Kind& kind,
                          const Written& done) {
    const Uuid& tenant = request.principal->tenant_id;
    const JsonObject said = with.merges.unmerged(tenant, kind, done);
    const Uuid id = uuid_of(*said.find("unmerged")->array()->front().string());
    const std::array keys{StreamKey{kind.name, id}};
    const StreamHead restored = with.answers.store.heads(tenant, keys).front();
    std::string body = "{\"survivor\":";
    body += with.answers.one(request, kind, done.id, done.record.version,
                             state_text(kind, done.record));
    body += ",\"restored\":";
    body += with.answers.one(request, kind, id, restored.version, restored.state);
    body += ",\"kept\":" + to_text(*said.find("kept")) + "}";
    Response response = json_response(200, std::move(body));
    response.with("ETag", "\"" + std::to_string(done.record.version) + "\"");
    return with_position(std::move(response), done);
}

Route row(const Kind& kind, const std::string& path, const std::string& summary, const char* body) {
    Route route;
    route.method = "POST";
    route.path = "/" + kind.plural + path;
    route.summary = summary;
    route.tag = kind.plural;
    route.permission = Permission::records_merge;
    route.body.form = BodyRule::Form::json;
    route.body.schema = body;
    route.refusals = {404, 409};
    route.reads_at_position = true;
    return route;
}

} // namespace

Routes MergeRoutes::rows() const {
    Routes routes;
    for (const Kind& kind : answers.registry.kinds()) {
        if (!kind.can_be_merged()) continue;
        Route& merge = routes.emplace_back(
            row(kind, "/merge", "Merge " + kind.plural + " into one of them", "Merge"));
        merge.answers = {{200, "The " + kind.name + " that stays.", component_name(kind)}};
        merge.answers.front().has_etag = true;
        merge.handler = [with = *this, &kind](const Request& request) {
            return with.answers.command(request, kind, [&](const CommandContext& context) {
                return with.merges.merge(context, kind, *request.json);
            });
        };

        Route& unmerge = routes.emplace_back(
            row(kind, "/{id}/unmerge", "Take a merged " + kind.name + " out again", "Unmerge"));
        unmerge.answers = {{200, "Both, and what stays as it was changed since.", "Unmerged"}};
        unmerge.answers.front().has_etag = true;
        unmerge.handler = [with = *this, &kind](const Request& request) {
            return with.answers.command(
                request,
                [&](const CommandContext& context) {
                    return with.merges.unmerge(context, kind, request.path_id(), *request.json);
                },
                [with, &request, &kind](const Written& done) {
                    return unmerged(with, request, kind, done);
                });
        };
    }
    return routes;
}

JsonObject merge_components() {
    const Json id = formatted("uuid");
    const Json record =
        JsonObject{{"type", "object"}, {"description", "As a read of its kind shows it."}};
    const Json from = JsonObject{{"type", "array"},
                                 {"items", id},
                                 {"minItems", 1},
                                 {"maxItems", most_merged_at_once},
                                 {"description", "Those that are merged into it."}};
    const Json fields = JsonObject{
        {"type", JsonArray{"object", "null"}},
        {"additionalProperties", id},
        {"description", "From which of them a field is taken. Of the others what is empty is "
                        "filled, lists are united and metadata completed."}};
    return {{"Merge", closed(object_of({{"into", id}, {"from", from}, {"fields", fields}},
                                       {"into", "from"}))},
            {"Unmerge", closed(object_of({{"id", id}}, {"id"}))},
            {"Unmerged",
             object_of({{"survivor", record},
                        {"restored", record},
                        {"kept", JsonObject{{"type", "array"},
                                            {"items", typed("string")},
                                            {"description",
                                             "Fields of the survivor that the merge had changed "
                                             "and somebody after it: they stay."}}}},
                       {"survivor", "restored", "kept"})}};
}

} // namespace throughline
