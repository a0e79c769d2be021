#pragma once
#include "bus/event_store.hpp"

#include <span>

namespace pqxx {
class transaction_base;
} // namespace pqxx

namespace throughline {

struct AppendedBatch {
    std::vector<Outcome> outcomes; // in the order of the commands
    Time recorded_at{};            // of all their events
};

/// One call of the database's append_batch (schemas/sql/0008). A stream and a command id may stand
/// in `commands` once. Throws libpqxx's exceptions.
[[nodiscard]] AppendedBatch append_batch(pqxx::transaction_base& transaction,
                                         std::span<const Command* const> commands);

} // namespace throughline
