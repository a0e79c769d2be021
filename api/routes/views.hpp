#pragma once
#include "api/router.hpp"
#include "api/routes/record_answers.hpp"
#include "projections/lists.hpp"

namespace throughline {

/// `/views`: saved views of lists. Who made one sees and changes it; a shared one all see.
struct ViewRoutes {
    const Registry& registry;
    const RecordCommands& commands;
    EventStore& store;
    Lists& lists;
    IdempotencyKeys& keys;

    [[nodiscard]] Routes rows() const;
};

[[nodiscard]] JsonObject view_components();

} // namespace throughline
