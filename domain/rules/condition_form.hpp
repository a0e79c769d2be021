#pragma once
#include "domain/result.hpp"

namespace throughline::rules {

/// The JsonLogic rule that a condition of a list stands for. Whether its pattern can be read is
/// known when that is compiled.
[[nodiscard]] Result<Json> rule_of_condition(const Json& condition, const std::string& pointer);

/// What is wrong with the changes that a rule's conditions ask of (`changed`, `changed_from`,
/// `changed_to`) where it waits for events of a kind of record: they are of the fields of that kind
/// alone, with its name or without (`deal.stage`, `opportunity.stage`, `stage`).
[[nodiscard]] std::vector<FieldError> change_faults(const Json& conditions, std::string_view kind,
                                                    std::string_view pointer);

} // namespace throughline::rules
