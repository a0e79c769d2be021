#pragma once
#include "bus/event.hpp"

#include <functional>
#include <span>

namespace pqxx {
class transaction_base;
} // namespace pqxx

namespace throughline {

/// Gives the events of streams up to a position of the log: stream by stream in the order asked,
/// and each stream's in its own. A few megabytes of them are in memory at a time, however long the
/// streams are, save where single events weigh more. `transaction` is a real one: it holds a
/// cursor.
void each_event(pqxx::transaction_base& transaction, const Uuid& tenant,
                std::span<const StreamKey> streams, std::int64_t up_to,
                const std::function<void(const StoredEvent&)>& visit);

} // namespace throughline
