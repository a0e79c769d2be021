#include "api/cli/jsonlogic.hpp"

#include "domain/rules/jsonlogic.hpp"
#include "domain/rules/text_reader.hpp"

#include <istream>
#include <ostream>

namespace throughline {

namespace {

JsonObject failure(const rules::RuleError& error) {
    const JsonObject* const thrown = error.thrown.object();
    JsonObject told = thrown == nullptr ? JsonObject{} : *thrown;
    told.set("type", error.type);
    told.set("pointer", error.pointer);
    told.set("detail", error.detail);
    return {{"error", std::move(told)}};
}

JsonObject unreadable(std::string detail) {
    return failure({"Invalid JSON", "", std::move(detail), {}});
}

JsonObject answer(std::string_view line, rules::Document& document, rules::Evaluator& evaluator) {
    const auto read = read_json(line);
    if (const auto* const fault = std::get_if<JsonFault>(&read)) return unreadable(fault->detail);
    const Json& asked = std::get<Json>(read);
    const Json* const rule = asked.find("rule");
    if (rule == nullptr) return unreadable("A line is an object with a rule, and data.");
    const rules::Program program = rules::compile_jsonlogic(*rule);
    const rules::Value* const result =
        evaluator.run(program, document.hold(value_of(asked, "data")));
    if (result == nullptr) return failure(evaluator.error());
    return {{"result", rules::to_json(*result)}};
}

} // namespace

int run_jsonlogic(std::istream& in, std::ostream& out) {
    rules::Document document;
    rules::Evaluator evaluator;
    for (std::string line; std::getline(in, line);)
        out << to_text(answer(line, document, evaluator)) << std::endl;
    return 0;
}

} // namespace throughline
