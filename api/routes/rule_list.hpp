#pragma once
#include "api/router.hpp"
#include "projections/filter.hpp"

namespace throughline {

/// The query of a list of rules: that of any list, and filter[trigger.type] and
/// filter[trigger.event]; `fields` may name `last_run`.
[[nodiscard]] std::vector<Parameter> rule_list_parameters();

struct RuleListRequest {
    ListRequest list;
    std::vector<std::string> fields; // as they were asked for
};
[[nodiscard]] Result<RuleListRequest> read_rule_list(const QueryParameters& query);

/// Only rules whose trigger has this member and value.
[[nodiscard]] Filter trigger_has(std::string_view member, std::string_view value);
/// Only rules with this very trigger.
[[nodiscard]] Filter trigger_is(const Json& trigger, FilterOp op = FilterOp::eq);

} // namespace throughline
