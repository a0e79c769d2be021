#pragma once
#include "bus/event_store.hpp"
#include "handlers/automation/effect.hpp"

namespace throughline {

/// {for} a duration ("2d", "12h", a number of days), from now on; or {until} an RFC 3339 time, or
/// the beginning of a day in the tenant's time zone. One that is past is no delay.
struct Delay {
    EventStore& store;

    [[nodiscard]] EffectResult operator()(const Effect& effect) const;
};

} // namespace throughline
