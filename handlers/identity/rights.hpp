#pragma once
#include "bus/event_store.hpp"
#include "domain/identity/caller.hpp"

namespace throughline {

/// With what rights a member acts, by their role and their tenant's record_visibility as they are
/// now: for work that outlives its request. Nobody's where they are no active member. Blocks on the
/// database.
[[nodiscard]] Caller rights_of_member(EventStore& store, const Uuid& tenant, const Uuid& user);

} // namespace throughline
