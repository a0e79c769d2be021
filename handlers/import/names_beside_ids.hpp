#pragma once
#include "bus/event_store.hpp"
#include "domain/identity/caller.hpp"
#include "handlers/import/row.hpp"

#include <span>

namespace throughline {

/// Adds to the losses of rows each name beside an id that is not what the record of that id is
/// called now, as where a table was edited: the id counts. Looks up all the rows at once. Of what
/// the caller does not see nothing is told.
void tell_other_names(EventStore& store, const Registry& registry, const Kind& kind,
                      const Uuid& tenant, const Caller& caller, std::span<ImportRow> rows);

} // namespace throughline
