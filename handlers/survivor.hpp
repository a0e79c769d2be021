#pragma once
#include "bus/event_store.hpp"
#include "domain/record/change.hpp"

#include <optional>

namespace throughline {

/// The record that this one was merged into, if it was.
[[nodiscard]] std::optional<Uuid> merged_into(const StreamHead& head);

/// The event by which it is merged now, if it is; erasures may have followed that.
[[nodiscard]] std::optional<StoredEvent> merge_of(EventStore& store, const Uuid& tenant,
                                                  const StreamHead& head);

/// The head of whatever stands for a merged record now, which may have been merged itself since, or
/// deleted. Of any other stream its own.
[[nodiscard]] StreamHead survivor_of(EventStore& store, const Uuid& tenant, StreamHead head);

/// What stands for those of these records that are merged. One look-up for all, and more for the
/// merged ones alone.
[[nodiscard]] Survivors survivors_of(EventStore& store, const Uuid& tenant,
                                     std::span<const StreamKey> records);

} // namespace throughline
