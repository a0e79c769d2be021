#pragma once
#include "api/router.hpp"
#include "api/routes/record_answers.hpp"
#include "handlers/deals.hpp"
#include "handlers/lead_conversion.hpp"

namespace throughline {

/// What is done to records beyond changing their fields: stage, win, lose, reopen, convert,
/// complete. Each action is one row of a table in the source.
struct RecordActionRoutes {
    RecordAnswers answers;
    const RecordCommands& commands;
    const Deals& deals;
    const LeadConversion& conversion;

    [[nodiscard]] Routes rows() const;
};

/// Component schemas of the bodies and of what a conversion answers.
[[nodiscard]] JsonObject record_action_components();

} // namespace throughline
