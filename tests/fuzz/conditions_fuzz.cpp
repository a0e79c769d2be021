#include "domain/rules/conditions.hpp"
#include "domain/rules/text_reader.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>

namespace throughline::fuzz {
namespace {

using namespace rules;

/// A line: conditions. Then the data.
void run(std::string_view input) {
    Input from(input);
    const auto conditions = read_json(from.line().value_or(""));
    const auto data = read_json(from.rest());
    if (!std::holds_alternative<Json>(conditions) || !std::holds_alternative<Json>(data)) return;
    const auto compiled = compile_conditions(std::get<Json>(conditions));
    if (!compiled) return demand_lawful(compiled.error());
    Evaluator evaluator(Limits{20'000, 1024 * 1024, 128});
    Document document;
    const Value root = document.hold(std::get<Json>(data));
    std::size_t steps = evaluator.limits().steps;
    const bool all = std::ranges::all_of(*compiled, [&](const Condition& condition) {
        return examine(condition, evaluator, root, steps).holds;
    });
    demand(hold(*compiled, evaluator, root) == all, "all conditions hold when each does");
    if (std::get<Json>(conditions).array() == nullptr) return;
    for (const Condition& condition : *compiled) {
        if (is_jsonlogic(condition.written)) continue;
        const Finding found = examine(condition, evaluator, root, steps);
        demand(!found.error || found.error->type == "Limit Exceeded",
               "a condition in the form of operator, field and value never fails");
    }
}

const Target target("conditions", run);

} // namespace
} // namespace throughline::fuzz
