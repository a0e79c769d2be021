#pragma once
#include "bus/event_store.hpp"

#include <span>

namespace pqxx {
class transaction_base;
} // namespace pqxx

namespace throughline {

/// One call of the database's append_batch (schemas/sql/0003): an outcome for each command, in
/// their order. A stream and a command id may stand in `commands` once. Throws libpqxx's
/// exceptions.
[[nodiscard]] std::vector<Outcome> append_batch(pqxx::transaction_base& transaction,
                                                std::span<const Command* const> commands);

} // namespace throughline
