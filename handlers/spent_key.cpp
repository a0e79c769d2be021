#include "handlers/spent_key.hpp"

#include "bus/ids.hpp"

#include <array>

namespace throughline {

namespace {

constexpr std::string_view correlation = "correlation_id"; // in what is told

/// Appends no event. What stands under the id then, from now or from before.
Result<Committed> keep(EventStore& store, const CommandContext& context, const Uuid& id,
                       JsonObject told) {
    const Outcome outcome = store
                                .append({id,
                                         context.tenant,
                                         context.request_hash,
                                         true,
                                         200,
                                         context.origin,
                                         now(),
                                         {},
                                         std::move(told)})
                                .get();
    if (const auto* const away = std::get_if<Unavailable>(&outcome))
        return Rejection{Refusal::unavailable, away->cause};
    return std::get<Committed>(outcome); // it writes nothing that could be in conflict
}

/// Of what was kept before correlation ids were, the command's own.
Uuid correlation_in(const Committed& kept, const Uuid& command) {
    const Json* const id = kept.told.find(correlation);
    return id == nullptr ? command : uuid_of(*id->string());
}

} // namespace

Rejection reused_key() {
    return {Refusal::invalid, "This Idempotency-Key was used with another request."};
}

Result<std::optional<Committed>> outcome_of_key(EventStore& store, const Uuid& tenant,
                                                const Uuid& command,
                                                const std::string& request_hash) {
    if (request_hash.empty()) return std::optional<Committed>();
    const std::array ids{command};
    auto known = store.outcomes(tenant, ids).front();
    if (known && known->request_hash != request_hash) return reused_key();
    return known;
}

Result<std::optional<Committed>> outcome_of_key(EventStore& store, const CommandContext& context) {
    return outcome_of_key(store, context.tenant, context.command_id, context.request_hash);
}

Result<std::optional<Committed>> open_key(EventStore& store, CommandContext& context) {
    auto known = outcome_of_key(store, context);
    if (!known || context.request_hash.empty()) return known;
    Uuid& id = context.origin.correlation_id;
    if (*known) {
        id = correlation_in(**known, context.command_id);
        return known;
    }
    const Uuid begun = derived_uuid(context.command_id, "begun " + context.request_hash);
    const auto kept =
        keep(store, context, begun, JsonObject{{std::string(correlation), to_string(new_id())}});
    if (!kept) return kept.error();
    id = correlation_in(*kept, context.command_id);
    return known;
}

Result<void> spend_key(EventStore& store, const CommandContext& context, JsonObject told) {
    if (context.request_hash.empty()) return {};
    told.set(correlation, to_string(context.origin.correlation_id));
    const auto kept = keep(store, context, context.command_id, std::move(told));
    if (!kept) return kept.error();
    return {};
}

} // namespace throughline
