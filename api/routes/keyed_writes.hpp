#pragma once
#include "api/http.hpp"
#include "api/session/idempotency.hpp"
#include "bus/event_store.hpp"
#include "bus/shared_turns.hpp"

#include <functional>

namespace throughline {

/// How routes take an Idempotency-Key whose effect is no command of the log. Thread-safe.
struct KeyedWrites {
    EventStore& store;
    IdempotencyKeys& keys;
    SharedTurns& turns; // so that no two servers act under one key at once

    /// Does what is asked for, and gives what the key is to remember of it: nobody's data.
    using Act = std::function<Result<JsonObject>(const CommandContext&)>;
    /// Makes the answer, now and whenever the request comes again.
    using Tell = std::function<Result<Response>(const JsonObject& remembered)>;

    /// Acts once under the request's key, which stands for no other request then (422) and is no
    /// other server's meanwhile (409); refusals are not kept. Where the server dies after the act
    /// and before that is kept, a repeat acts again. Blocks.
    [[nodiscard]] Result<Response> once(const Request& request, const Act& act,
                                        const Tell& tell) const;

  private:
    [[nodiscard]] Result<Response> answer(const CommandContext& context, const Act& act,
                                          const Tell& tell) const;
};

} // namespace throughline
