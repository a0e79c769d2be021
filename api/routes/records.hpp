#pragma once
#include "api/router.hpp"
#include "api/routes/record_answers.hpp"
#include "bus/head_reader.hpp"
#include "handlers/commands.hpp"
#include "projections/audit.hpp"
#include "projections/lists.hpp"

namespace throughline {

struct PastRoutes; // record_past.hpp

/// What the routes of records are made of.
struct RecordRoutes {
    const Registry& registry;
    RecordCommands& commands;
    EventStore& store;
    Lists& lists;
    Audit& audit;
    IdempotencyKeys& keys;
    HeadReader& heads;
    TenantKinds& kinds;
    const PastRoutes& past; // reads with as_of

    [[nodiscard]] RecordAnswers answers() const { return {registry, store, keys}; }

    /// The rows of every kind: list, create, read, update, delete, restore, history.
    [[nodiscard]] Routes rows() const;
};

/// The table with every route of a kind under the kind's other name, too: /opportunities beside
/// /deals.
[[nodiscard]] Routes with_other_names(Routes routes, const Registry& registry);

} // namespace throughline
