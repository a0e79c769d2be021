#pragma once
#include "bus/event_store.hpp"

#include <optional>
#include <string>

namespace throughline {

/// The active member of the tenant who has this id or address.
[[nodiscard]] std::optional<Uuid> find_member(EventStore& store, const Uuid& tenant,
                                              const std::string& id_or_address);

} // namespace throughline
