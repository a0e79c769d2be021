#include "handlers/spent_key.hpp"

#include "bus/ids.hpp"

#include <array>

namespace throughline {

Rejection reused_key() {
    return {Refusal::invalid, "This Idempotency-Key was used with another request.", {}, {}};
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

Result<void> spend_key(EventStore& store, const CommandContext& context) {
    if (context.request_hash.empty()) return {};
    const Outcome outcome = store
                                .append({context.command_id,
                                         context.tenant,
                                         context.request_hash,
                                         true,
                                         200,
                                         context.origin,
                                         now(),
                                         {}})
                                .get();
    if (const auto* const away = std::get_if<Unavailable>(&outcome))
        return Rejection{Refusal::unavailable, away->cause, {}, {}};
    return {};
}

} // namespace throughline
