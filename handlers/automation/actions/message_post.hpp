#pragma once
#include "handlers/automation/actions/record_actions.hpp"
#include "handlers/mail.hpp"

namespace throughline {

/// {channel, to?, body}: keeps it as a record of kind message, sent out, that refers to the run's
/// subject; by channel email it goes to the addresses too. Output as of RecordActions.
struct MessagePost {
    RecordActions records;
    Mailer& mailer;

    [[nodiscard]] EffectResult operator()(const Effect& effect) const;
};

} // namespace throughline
