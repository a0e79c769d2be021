#include "domain/rules/jsonlogic.hpp"
#include "domain/rules/text_reader.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace throughline::fuzz {
namespace {

using namespace rules;

std::optional<Json> read(std::string_view text) {
    auto value = read_json(text);
    Json* const json = std::get_if<Json>(&value);
    return json == nullptr ? std::nullopt : std::optional(std::move(*json));
}

/// Smaller than the product's, so that a run is quick.
constexpr Limits limits{20'000, 1024 * 1024, 128};

std::string told(Evaluator& evaluator, const Value* result) {
    if (result != nullptr) {
        const Json json = to_json(*result);
        demand_readable(json);
        return to_text(json);
    }
    demand(evaluator.error().pointer.empty() || evaluator.error().pointer.front() == '/',
           "an error names its place");
    return evaluator.error().type;
}

/// A line: a rule. Then its data.
void run(std::string_view input) {
    Input from(input);
    const auto rule = read(from.line().value_or(""));
    const auto data = read(from.rest());
    if (!rule || !data) return;
    const Program program = compile_jsonlogic(*rule);
    for (const RuleError& fault : program.faults) demand(!fault.type.empty(), "a fault has a type");
    Evaluator evaluator(limits);
    Document document;
    const std::string held = told(evaluator, evaluator.run(program, document.hold(*data)));
    const std::string text = to_text(*data);
    const Value root = document.read(text);
    demand(told(evaluator, evaluator.run(program, root)) == held,
           "from its text data gives the same");
    demand(told(evaluator, evaluator.run(program, root)) == held, "a second run gives the same");
    demand(to_text(to_json(root)) == to_text(to_json(document.hold(*data))),
           "a text is read as what it holds");
}

const Target target("rules", run);

} // namespace
} // namespace throughline::fuzz
