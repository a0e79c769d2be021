#include "domain/rules/conditions.hpp"
#include "domain/rules/text_reader.hpp"

#include <date/tz.h>
#include <doctest/doctest.h>

using namespace throughline;
using namespace throughline::rules;

namespace {

constexpr std::string_view deal = R"({"deal":{"name":"Big one","value":12000.50,"stage":"won",
    "tags":["a","vip"],"owner_id":null,"created_at":"2026-03-01T10:00:00.000000Z",
    "close_date":"2026-03-05","metadata":{"tier":"gold"}},"value":12000.50,
    "event":{"time":"2026-03-08T10:00:00.000000Z"},
    "changes":{"stage":{"old":"new","new":"won"},"metadata":{"old":{"tier":null},"new":{"tier":"gold"}}}})";

bool holds_for(std::string_view conditions) {
    CAPTURE(conditions);
    const auto compiled = compile_conditions(parse_json(conditions));
    REQUIRE(compiled.has_value());
    Document document;
    Evaluator evaluator;
    return hold(*compiled, evaluator, document.read(deal));
}

bool one(std::string_view op, std::string_view field, std::string_view value = "") {
    std::string text =
        R"([{"operator":")" + std::string(op) + R"(","field":")" + std::string(field) + '"';
    if (!value.empty()) text += R"(,"value":)" + std::string(value);
    return holds_for(text + "}]");
}

std::string fault(std::string_view conditions) {
    const auto compiled = compile_conditions(parse_json(conditions));
    if (compiled) return "taken";
    std::string told;
    for (const FieldError& error : compiled.error().errors)
        told += (told.empty() ? "" : " ") + error.where + ' ' + error.code;
    return told;
}

} // namespace

TEST_CASE("no condition always holds, several all together") {
    CHECK(holds_for("null"));
    CHECK(holds_for("[]"));
    CHECK(holds_for("{}"));
    CHECK(holds_for("[{}]"));
    CHECK(holds_for(R"({"and":[{">":[{"var":"value"},1]},{"in":["vip",{"var":"deal.tags"}]}]})"));
    CHECK(holds_for(R"([{"operator":"equals","field":"deal.stage","value":"won"},
                        {"type":"gt","field":"deal.value","value":100}])"));
    CHECK(
        holds_for(R"([{"type":"gt","field":"deal.value","value":100},{">":[{"var":"value"},1]}])"));
    CHECK(!holds_for(R"([{"operator":"equals","field":"deal.stage","value":"won"},
                         {"type":"lt","field":"deal.value","value":100}])"));
}

TEST_CASE("a field equals, contains, begins and matches") {
    CHECK(one("equals", "deal.value", "12000.5"));
    CHECK(one("equals", "deal.value", R"("12000.50")"));
    CHECK(one("equals", "deal.metadata", R"({"tier":"gold"})"));
    CHECK(!one("equals", "deal.stage", R"("Won")"));
    CHECK(one("not_equals", "deal.stage", R"("lost")"));
    CHECK(one("equals", "deal.owner_id", "null"));
    CHECK(one("equals", "no.such.path", "null"));
    CHECK(one("contains", "deal.tags", R"("vip")"));
    CHECK(one("contains", "deal.name", R"("ig o")"));
    CHECK(!one("contains", "no.such.path", R"("x")"));
    CHECK(one("not_contains", "deal.tags", R"("b")"));
    CHECK(one("in", "deal.stage", R"(["won","lost"])"));
    CHECK(one("not_in", "deal.stage", R"(["new"])"));
    CHECK(one("starts_with", "deal.name", R"("Big")"));
    CHECK(one("ends_with", "deal.name", R"("one")"));
    CHECK(one("matches", "deal.name", R"("^B.g\\s")"));
    CHECK(!one("matches", "deal.value", R"(".*")"));
    CHECK(one("exists", "deal.name"));
    CHECK(!one("exists", "deal.owner_id"));
    CHECK(one("not_exists", "no.such.path"));
}

TEST_CASE("a field is above, below and between; null is neither") {
    CHECK(one("gt", "deal.value", "12000"));
    CHECK(!one("gt", "deal.value", "12000.5"));
    CHECK(one("gte", "deal.value", "12000.5"));
    CHECK(one("lt", "deal.close_date", R"("2026-04-01")"));
    CHECK(one("lte", "deal.value", R"("20000")"));
    CHECK(!one("lt", "deal.owner_id", "5"));
    CHECK(!one("gte", "no.such.path", "0"));
    CHECK(!one("gt", "deal.tags", "0"));
    CHECK(!one("gt", "deal.name", "0"));
    CHECK(one("between", "deal.value", "[12000.5,13000]"));
    CHECK(!one("between", "deal.value", "[1,2]"));
    CHECK(holds_for(R"([{"type":"value_threshold","value":10000}])"));
    CHECK(!holds_for(R"([{"type":"value_threshold","value":12000.5}])"));
    CHECK(holds_for(R"([{"type":"value_threshold","field":"deal.value","value":1}])"));
}

TEST_CASE("times are compared as times, whatever their offset") {
    CHECK(one("equals", "deal.created_at", R"("2026-03-01T10:00:00Z")"));
    CHECK(one("equals", "deal.created_at", R"("2026-03-01T12:00:00.000+02:00")"));
    CHECK(!one("not_equals", "deal.created_at", R"("2026-03-01T12:00:00+02:00")"));
    CHECK(one("in", "deal.created_at", R"(["2026-03-01T12:00:00+02:00"])"));
    CHECK(one("gt", "deal.created_at", R"("2026-03-01T10:30:00+02:00")"));
    CHECK(!one("lt", "deal.created_at", R"("2026-03-01T10:30:00+02:00")"));
    CHECK(!one("gt", "deal.created_at", R"("2026-03-01T10:00:00Z")"));
    CHECK(one("gte", "deal.created_at", R"("2026-03-01T10:00:00Z")"));
    CHECK(one("between", "deal.created_at",
              R"(["2026-03-01T11:59:59+02:00","2026-03-01T12:00:00+02:00"])"));
    CHECK(one("gt", "deal.created_at", R"("2026-03-01")"));
    CHECK(!one("equals", "deal.name", R"("2026-03-01T10:00:00Z")"));
}

TEST_CASE("a field changed, from and to") {
    CHECK(one("changed", "deal.stage"));
    CHECK(one("changed", "stage"));
    CHECK(!one("changed", "deal.name"));
    CHECK(one("changed_from", "deal.stage", R"("new")"));
    CHECK(!one("changed_from", "deal.stage", R"("won")"));
    CHECK(one("changed_to", "stage", R"("won")"));
    CHECK(!one("changed_to", "deal.name", "null"));
    CHECK(one("changed", "deal.metadata.tier"));
    CHECK(one("changed_to", "deal.metadata.tier", R"("gold")"));
    CHECK(!one("changed", "deal.metadata.other"));
}

TEST_CASE("a time is older than so long before the event") {
    CHECK(one("older_than", "deal.created_at", R"("6d")"));
    CHECK(one("older_than", "deal.created_at", "6"));
    CHECK(!one("older_than", "deal.created_at", R"("7d")"));
    CHECK(one("older_than", "deal.close_date", R"("81h")"));
    CHECK(!one("older_than", "deal.name", R"("1s")"));
}

TEST_CASE("a date is as old as its midnight in the tenant's time zone") {
    // The event is 82 hours after midnight UTC, 77 after midnight in New York (UTC-5).
    const auto compiled = compile_conditions(
        parse_json(R"([{"operator":"older_than","field":"deal.close_date","value":"78h"}])"));
    Document document;
    Evaluator evaluator;
    const Value data = document.read(deal);
    CHECK(hold(*compiled, evaluator, data));
    evaluator.set_zone(*date::locate_zone("America/New_York"));
    CHECK(!hold(*compiled, evaluator, data));
    evaluator.set_zone(*date::locate_zone("Asia/Tokyo"));
    CHECK(hold(*compiled, evaluator, data));
}

TEST_CASE("a condition that ends in an error does not hold and says so") {
    const auto compiled = compile_conditions(parse_json(R"({">":[{"var":"deal.name"},1]})"));
    Document document;
    Evaluator evaluator;
    std::size_t steps = evaluator.limits().steps;
    const Finding found = examine(compiled->front(), evaluator, document.read(deal), steps);
    CHECK(!found.holds);
    REQUIRE(found.error.has_value());
    CHECK(found.error->type == "NaN");
    CHECK(found.error->pointer == "/conditions/>");
}

TEST_CASE("the conditions of a rule share its steps") {
    const Json condition = parse_json(R"({"in":[{"var":"value"},[1,12000.50]]})");
    const auto one = compile_conditions(JsonArray(1, condition));
    const auto many = compile_conditions(JsonArray(100, condition));
    Document document;
    const Value data = document.read(deal);
    Evaluator evaluator({100, 1024 * 1024, 128});
    CHECK(hold(*one, evaluator, data));
    CHECK(!hold(*many, evaluator, data));
    CHECK(hold(*one, evaluator, data));
    std::size_t steps = 0;
    const Finding found = examine(one->front(), evaluator, data, steps);
    REQUIRE(found.error.has_value());
    CHECK(found.error->type == "Limit Exceeded");
}

TEST_CASE("what is wrong with conditions is told with its place") {
    CHECK(fault(R"("x")") == "/conditions invalid_type");
    CHECK(fault(R"([7])") == "/conditions/0 invalid_type");
    CHECK(fault(R"([{"field":"a","value":1}])") == "/conditions/0/operator required");
    CHECK(fault(R"([{"operator":"is","field":"a","value":1}])") ==
          "/conditions/0/operator invalid_choice");
    CHECK(fault(R"([{"type":"is","field":"a","value":1}])") == "/conditions/0/type invalid_choice");
    CHECK(fault(R"([{"operator":"equals","value":1}])") == "/conditions/0/field required");
    CHECK(fault(R"([{"operator":"equals","field":"a"}])") == "/conditions/0/value required");
    CHECK(fault(R"([{"operator":"equals","field":7,"value":1}])") ==
          "/conditions/0/field invalid_type");
    CHECK(fault(R"([{"operator":"equals","field":"a","value":1,"x/y":2}])") ==
          "/conditions/0/x~1y unknown_field");
    CHECK(fault(R"([{"operator":"in","field":"a","value":1}])") ==
          "/conditions/0/value invalid_type");
    CHECK(fault(R"([{"operator":"between","field":"a","value":[1]}])") ==
          "/conditions/0/value invalid_type");
    CHECK(fault(R"([{"operator":"older_than","field":"a","value":"soon"}])") ==
          "/conditions/0/value invalid_format");
    CHECK(fault(R"([{"operator":"matches","field":"a","value":"("}])") ==
          "/conditions/0/value invalid_format");
    CHECK(fault(R"([{"type":"value_threshold","value":"much"}])") ==
          "/conditions/0/value invalid_type");
    CHECK(fault(R"({"and":[{"nope":1},{"<":[1]}]})") ==
          "/conditions/and/0/nope invalid_choice /conditions/and/1/< invalid_format");
    CHECK(fault(R"([{"operator":"equals"},{"operator":"nope"}])") ==
          "/conditions/0/field required /conditions/0/value required "
          "/conditions/1/operator invalid_choice");
}

TEST_CASE("no more than a hundred faults are told") {
    JsonArray many;
    for (int i = 0; i < 60; ++i) many.push_back(JsonObject{{"operator", "gt"}});
    const Rejection refused = compile_conditions(many).error();
    CHECK(refused.errors.size() == 100);
}

TEST_CASE("patterns take linear time and bounded room") {
    CHECK(one("matches", "deal.name", R"("(.*)*(.*)*(.*)*$")"));
    CHECK(fault(R"([{"operator":"matches","field":"a","value":"((a{1,100}){1,100}){1,100}"}])") ==
          "/conditions/0/value invalid_format");
}

TEST_CASE("a rule has a hundred patterns, of a size that all have together") {
    const auto patterns = [](std::size_t count, const std::string& pattern) {
        const Json matches =
            JsonObject{{"operator", "matches"}, {"field", "a"}, {"value", pattern}};
        return JsonArray(count, matches);
    };
    const auto within = [](std::size_t count) {
        const Json matches = parse_json(R"({"matches":[{"var":"a"},"b"]})");
        return Json(JsonObject{{"or", JsonArray(count, matches)}});
    };
    CHECK(fault(to_text(within(100))) == "taken");
    CHECK(fault(to_text(within(101))) == "/conditions/or/100/matches too_large");
    JsonArray mixed = patterns(1, "b");
    mixed.push_back(within(100));
    CHECK(fault(to_text(mixed)) == "/conditions/1/or/99/matches too_large");
    CHECK(fault(to_text(patterns(100, "b"))) == "taken");
    const std::string large = "(a|bc){1000}"; // some 5,000 instructions
    CHECK(fault(to_text(patterns(10, large))) == "taken");
    CHECK(fault(to_text(patterns(25, large))).ends_with("/conditions/24/value too_large"));
}
