#include "domain/rules/jsonlogic.hpp"
#include "domain/rules/text_reader.hpp"
#include "tests/conformance/data.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace throughline;
using namespace throughline::rules;

namespace {

bool is_close(const Json& left, const Json& right);

bool is_close(const JsonArray& left, const JsonArray& right) {
    return std::ranges::equal(left, right,
                              [](const Json& a, const Json& b) { return is_close(a, b); });
}

bool is_close(const JsonObject& left, const JsonObject& right) {
    if (left.size() != right.size()) return false;
    return std::ranges::all_of(left, [&](const JsonMember& member) {
        const Json* const other = right.find(member.name);
        return other != nullptr && is_close(member.value, *other);
    });
}

/// Equal, 1.0 being 1.
bool is_close(const Json& left, const Json& right) {
    if (left.number() != nullptr && right.number() != nullptr)
        return std::stod(left.number()->digits) ==
               doctest::Approx(std::stod(right.number()->digits));
    if (left.array() != nullptr && right.array() != nullptr)
        return is_close(*left.array(), *right.array());
    if (left.object() != nullptr && right.object() != nullptr)
        return is_close(*left.object(), *right.object());
    return left == right;
}

/// What a rule gives: its result, or {"error": type}. From a value at hand and from a text it is
/// the same.
Json outcome(const Json& rule, const Json& data) {
    Document document;
    Evaluator evaluator;
    const Program program = compile_jsonlogic(rule);
    const auto told = [&](const Value* result) -> Json {
        return result != nullptr ? to_json(*result) : JsonObject{{"error", evaluator.error().type}};
    };
    const Json held = told(evaluator.run(program, document.hold(data)));
    const std::string text = to_text(data);
    const Json read = told(evaluator.run(program, document.read(text)));
    CHECK(to_text(held) == to_text(read));
    return held;
}

void check_row(const Json& rule, const Json& data, const Json& expected) {
    CAPTURE(to_text(rule));
    CAPTURE(to_text(data));
    const Json actual = outcome(rule, data);
    CAPTURE(to_text(actual));
    CAPTURE(to_text(expected));
    CHECK(is_close(actual, expected));
}

/// How many rows there were.
int check_suite(const Json& suite) {
    int rows = 0;
    for (const Json& row : *suite.array()) {
        if (row.object() == nullptr) continue;
        const Json* const error = row.find("error");
        check_row(*row.find("rule"), value_of(row, "data"),
                  error == nullptr ? *row.find("result")
                                   : Json(JsonObject{{"error", error->text("type")}}));
        ++rows;
    }
    return rows;
}

} // namespace

TEST_CASE("JsonLogic: the official rows") {
    const auto file = conformance_file("jsonlogic/official.json");
    if (!file) return;
    int rows = 0;
    for (const Json& row : *file->array()) {
        const JsonArray* const parts = row.array();
        if (parts == nullptr) continue;
        check_row((*parts)[0], (*parts)[1], (*parts)[2]);
        ++rows;
    }
    CHECK(rows == 277);
}

TEST_CASE("JsonLogic: the suites of the json-logic organisation") {
    int rows = 0;
    for (const auto& path : conformance_files("jsonlogic/suites", ".json")) {
        CAPTURE(path.string());
        rows += check_suite(read_json_file(path));
    }
    if (rows == 0) MESSAGE("skipped: there are no suites");
}
