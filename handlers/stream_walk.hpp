#pragma once
#include "bus/event_store.hpp"

#include <functional>

namespace throughline {

/// Gives the events of one stream with version in (after, up_to], ascending. Some hundred of them
/// are in memory at a time, however long the stream is. Blocks.
void walk_stream(EventStore& store, const Uuid& tenant, const StreamKey& stream, std::int64_t after,
                 std::int64_t up_to, const std::function<void(const StoredEvent&)>& visit);

} // namespace throughline
