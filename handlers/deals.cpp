#include "handlers/deals.hpp"

#include "domain/deal.hpp"
#include "handlers/stream_walk.hpp"

#include <algorithm>

namespace throughline {

namespace {

bool is_closed(std::string_view stage) { return stage == won_stage || stage == lost_stage; }

std::string stage_of(const JsonObject& fields) {
    const Json* const stage = fields.find("stage");
    return stage == nullptr || stage->string() == nullptr ? std::string() : *stage->string();
}

Rejection wrong_state(std::string detail) { return {Refusal::conflict, std::move(detail)}; }

/// A change of values as a PATCH would make it, where the deal is not in the stage `never`.
Result<PendingWrite> close(const RecordCommands& commands, const CommandContext& context,
                           const Kind& kind, const Uuid& id, const JsonObject& body,
                           const std::string& never) {
    const auto draft = check_update(*commands.declared(context.tenant, kind), body);
    if (!draft) return draft.error();
    return commands.change(
        context, kind, id,
        [never, &kind, values = draft->values](const Record& deal, Time at) -> Result<JsonObject> {
            if (stage_of(deal.fields) == never)
                return wrong_state("The deal is " + never + ": reopen it first.");
            return kind.settle(kind, deal, values, at);
        });
}

/// The last stage before the one that closed it, of those that the pipeline still has; where there
/// was none, the one of a new deal.
Json last_open_stage(EventStore& store, const Uuid& tenant, const Kind& kind, const Uuid& id,
                     std::int64_t version) {
    const Field& field = *kind.field("stage");
    Json stage = field.initial;
    walk_stream(store, tenant, {kind.name, id}, 0, version, [&](const StoredEvent& event) {
        const JsonObject data = current_data(event);
        const Json* const after = data.find("after");
        const JsonObject* const now = after == nullptr ? &data : after->object();
        const std::string entered = now == nullptr ? std::string() : stage_of(*now);
        if (!is_closed(entered) && std::ranges::find(field.choices, entered) != field.choices.end())
            stage = entered;
    });
    return stage;
}

} // namespace

Result<PendingWrite> Deals::win(const CommandContext& context, const Uuid& id,
                                const Json& value) const {
    JsonObject body{{"stage", won_stage}};
    if (!value.is_null()) body.append("value", value);
    return close(commands_, context, kind_, id, std::move(body), lost_stage);
}

Result<PendingWrite> Deals::lose(const CommandContext& context, const Uuid& id,
                                 const Json& reason) const {
    return close(commands_, context, kind_, id, {{"stage", lost_stage}, {"lost_reason", reason}},
                 won_stage);
}

Result<PendingWrite> Deals::reopen(const CommandContext& context, const Uuid& id) const {
    return commands_.change(
        context, kind_, id,
        [this, id, tenant = context.tenant](const Record& deal, Time) -> Result<JsonObject> {
            if (!is_closed(stage_of(deal.fields))) return wrong_state("The deal is open.");
            Json stage = last_open_stage(store_, tenant, *commands_.declared(tenant, kind_), id,
                                         deal.version);
            if (stage.is_null()) return wrong_state("The pipeline has no open stage.");
            return JsonObject{{"stage", std::move(stage)}, {"lost_reason", nullptr}};
        });
}

} // namespace throughline
