#include "handlers/automation/compiled_rule.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

/// A rule as it is kept.
Record kept(std::string_view trigger, std::string_view conditions) {
    Record record;
    record.fields.set("trigger", parse_json(trigger));
    record.fields.set("conditions", parse_json(conditions));
    record.fields.set("actions", parse_json(R"([{"type":"delay","for":"1d"}])"));
    return record;
}

} // namespace

TEST_CASE("a rule that was kept with an empty condition has none") {
    const RulePtr rule = compile_rule({}, {}, kept(R"({"type":"manual"})", "[{}]"));
    CHECK(rule->conditions.empty());
}

TEST_CASE("a clock that was kept with a time zone without a name has none") {
    const auto trigger = [](std::string_view written) {
        return to_text(compile_rule({}, {}, kept(written, "null"))->trigger);
    };
    CHECK(trigger(R"({"type":"cron","cron":"@daily","timezone":""})") ==
          R"({"type":"cron","cron":"@daily"})");
    const auto* const paris = R"({"type":"cron","cron":"@daily","timezone":"Europe/Paris"})";
    CHECK(trigger(paris) == paris);
}
