#include "domain/rules/jsonlogic.hpp"
#include "domain/rules/text_reader.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <stdexcept>

namespace throughline::fuzz {
namespace {

using namespace rules;

const Program& looks() {
    static const Program program = compile_jsonlogic(parse_json(
        R"([{"var":"a.b"},{"map":[{"var":"a"},{"var":"b.0"}]},{"missing":["c","a.d"]},{"cat":{"var":""}}])"));
    return program;
}

/// Any bytes as a text that is read as far as rules look: it throws, or gives what the strict
/// reader does.
void run(std::string_view input) {
    // A copy of just this size, so that a sanitizer sees what is read behind the end.
    const std::vector<char> bytes(input.begin(), input.end());
    const std::string_view text(bytes.data(), bytes.size());
    Document document;
    Evaluator evaluator;
    const auto strict = read_json(text);
    try {
        const Value root = document.read(text);
        (void)evaluator.run(looks(), root);
        if (const Json* const json = std::get_if<Json>(&strict)) {
            Document other;
            demand(to_text(to_json(root)) == to_text(to_json(other.hold(*json))),
                   "a text is read as what it holds");
        }
    } catch (const std::runtime_error&) {
        demand(std::holds_alternative<JsonFault>(strict), "what is JSON can be read");
    }
}

const Target target("document", run);

} // namespace
} // namespace throughline::fuzz
