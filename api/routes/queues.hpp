#pragma once
#include "api/router.hpp"
#include "api/routes/keyed_writes.hpp"
#include "handlers/automation/queues.hpp"

namespace throughline {

/// POST /queues/{name}/lease, /ack: how programs take what rules put into queues.
[[nodiscard]] Routes queue_routes(Queues& queues, const KeyedWrites& writes);

/// QueueLease, QueueMessages, QueueAck, QueueAcknowledged.
[[nodiscard]] JsonObject queue_components();

} // namespace throughline
