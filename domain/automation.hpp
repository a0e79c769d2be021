#pragma once
#include "domain/record/kind.hpp"

namespace throughline {

/// An automation rule: stream `automation/<id>`, whose versions are the rule's. It has routes of
/// its own, so that it is none of the registry's. A trigger is kept with its type first, then
/// event, lead_time, cron, timezone.
///
/// What its conditions ask of changes is of the kind of record that its trigger is about.
/// `conditions` are kept as a list, a JsonLogic object as a list of it alone; what is not a list of
/// one JsonLogic object was written as a list.
[[nodiscard]] Kind automation_kind();

/// Conditions as they were written: the object where the kept list holds nothing but a JsonLogic
/// object.
[[nodiscard]] Json written_conditions(const Json& kept);
/// A trigger as it counts: a time zone that was kept without a name is none.
[[nodiscard]] Json written_trigger(Json kept);

} // namespace throughline
