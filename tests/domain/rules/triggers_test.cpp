#include "domain/rules/triggers.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace throughline;
using namespace throughline::rules;

namespace {

using Names = std::vector<std::string>;

Names names_of(std::string_view kind, std::string_view type, std::string_view data = "{}") {
    const Registry registry = standard_registry();
    return trigger_names(*registry.find(kind), type, *parse_json(data).object());
}

bool rises(double threshold, std::string_view type, std::string_view data) {
    return rises_above(threshold, type, *parse_json(data).object());
}

} // namespace

TEST_CASE("an event of the log is the triggers that wait for it") {
    CHECK(names_of("contact", "contact.created") == Names{"contact.created"});
    CHECK(names_of("deal", "deal.won") == Names{"deal.won", "deal.stage_changed"});
    CHECK(names_of("deal", "deal.lost") == Names{"deal.lost", "deal.stage_changed"});
    CHECK(names_of("activity", "activity.completed") ==
          Names{"activity.completed", "activity.status_changed"});
    CHECK(names_of("message", "message.created", R"({"direction":"in"})") ==
          Names{"message.created", "message.received"});
    CHECK(names_of("message", "message.created", R"({"direction":"out"})") ==
          Names{"message.created"});
}

TEST_CASE("a value rises above a threshold once") {
    CHECK(rises(10000, "deal.created", R"({"value":10000.01})"));
    CHECK(!rises(10000, "deal.created", R"({"value":10000})"));
    CHECK(!rises(10000, "deal.created", R"({"value":null})"));
    CHECK(rises(10000, "deal.updated", R"({"before":{"value":10000},"after":{"value":10001}})"));
    CHECK(rises(10000, "deal.updated", R"({"before":{"value":null},"after":{"value":20000}})"));
    CHECK(!rises(10000, "deal.updated", R"({"before":{"value":10001},"after":{"value":20000}})"));
    CHECK(!rises(10000, "deal.updated", R"({"before":{"value":20000},"after":{"value":1}})"));
    CHECK(!rises(10000, "deal.updated", R"({"before":{"name":"a"},"after":{"name":"b"}})"));
    CHECK(!rises(10000, "deal.won", R"({"before":{},"after":{},"value":20000})"));
    CHECK(rises(10000, "deal.won", R"({"before":{"value":1},"after":{"value":20000}})"));
    CHECK(rises(10000, "deal.merged", R"({"before":{"value":1},"after":{"value":20000}})"));
    CHECK(rises(10000, "deal.unmerged", R"({"before":{"value":1},"after":{"value":20000}})"));
    CHECK(!rises(10000, "deal.deleted", R"({"value":20000})"));
}

TEST_CASE("a rule's own threshold comes before the tenant's") {
    const auto threshold = [](std::string_view conditions) {
        return threshold_of(parse_json(conditions), 10000);
    };
    CHECK(threshold("null") == 10000);
    CHECK(threshold(R"([{"type":"equals","field":"deal.stage","value":"new"}])") == 10000);
    CHECK(threshold(R"([{"type":"value_threshold","value":500}])") == 500);
    CHECK(threshold(R"([{"type":"value_threshold","field":"deal.other","value":500}])") == 10000);
    for (const std::string field : {"value", "deal.value", "opportunity.value"})
        CHECK(threshold(R"([{"type":"value_threshold","field":")" + field + R"(","value":500}])") ==
              500);
}

TEST_CASE("every trigger of the module form is an event that there is") {
    const std::vector<TriggerEvent> events = trigger_events(standard_registry());
    for (const ModuleTrigger& trigger : module_triggers()) {
        CAPTURE(trigger.id);
        CHECK(std::ranges::count(events, trigger.event, &TriggerEvent::name) == 1);
        CHECK(find_module_trigger(trigger.id) == &trigger);
    }
    for (const auto* name : {"deal.high_value", "task.due_soon", "activity.due_soon",
                             "message.received", "activity.completed", "lead.created"})
        CHECK(std::ranges::count(events, name, &TriggerEvent::name) == 1);
}
