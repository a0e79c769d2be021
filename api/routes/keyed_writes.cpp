#include "api/routes/keyed_writes.hpp"

#include "handlers/spent_key.hpp"

namespace throughline {

Result<Response> KeyedWrites::once(const Request& request, const Act& act, const Tell& tell) const {
    const auto claim = keys.claim(request);
    if (!claim) return claim.error();
    const auto context = command_context(request, *claim);
    if (!context) return context.error();
    if (context->request_hash.empty()) return answer(*context, act, tell);
    const auto turn = turns.take(context->command_id);
    if (!turn) return key_is_running();
    return answer(*context, act, tell);
}

Result<Response> KeyedWrites::answer(const CommandContext& context, const Act& act,
                                     const Tell& tell) const {
    const auto known = outcome_of_key(store, context);
    if (!known) return known.error();
    if (*known) {
        auto again = tell((*known)->told);
        if (again) again->with("Idempotency-Replayed", "true");
        return again;
    }
    auto done = act(context);
    if (!done) return done.error();
    if (const auto kept = spend_key(store, context, *done); !kept) return kept.error();
    return tell(*done);
}

} // namespace throughline
