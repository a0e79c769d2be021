#pragma once
#include "domain/rules/jsonlogic.hpp"
#include "domain/rules/text_reader.hpp"

namespace throughline::rules {

/// What a rule gives, as text: its result, or the type of the error and where it is.
inline std::string outcome(std::string_view rule, std::string_view data = "null",
                           Limits limits = {}) {
    Document document;
    Evaluator evaluator(limits);
    const Program program = compile_jsonlogic(parse_json(rule));
    const Value* const result = evaluator.run(program, document.read(data));
    if (result != nullptr) return to_text(to_json(*result));
    return evaluator.error().type + " at " + evaluator.error().pointer;
}

} // namespace throughline::rules
