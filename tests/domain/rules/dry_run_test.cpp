#include "domain/rules/dry_run.hpp"

#include "domain/rules/action_schema.hpp"
#include "domain/rules/awaits.hpp"
#include "domain/rules/sample_context.hpp"
#include "domain/rules/trigger_examples.hpp"

#include <date/tz.h>
#include <doctest/doctest.h>

using namespace throughline;
using namespace throughline::rules;

namespace {

const Registry registry = standard_registry();

std::string tried(const std::string& conditions, const std::string& actions,
                  const std::string& context) {
    const Json data = parse_json(context);
    const DryRun run =
        dry_run(compile_conditions(parse_json(conditions)).value(),
                check_actions(parse_json(actions)).value(),
                {data, *parse_rfc3339("2026-03-08T06:00:00Z"), *date::locate_zone("UTC")});
    return to_text(Json(to_json(run)));
}

JsonObject sampled(const std::string& trigger, const std::string& sample) {
    ContextSource source;
    source.event_id = "e-1";
    source.time = *parse_rfc3339("2026-03-08T06:00:00Z");
    source.user = parse_json(R"({"id":"u-1","name":"Olive"})");
    source.tenant = *parse_json(R"({"name":"Acme"})").object();
    return sample_context(registry, parse_json(trigger), *parse_json(sample).object(), source);
}

std::string at(const JsonObject& context, std::string_view name) {
    const Json* const value = context.find(name);
    return value == nullptr ? "none" : to_text(*value);
}

} // namespace

TEST_CASE("a dry run says of each condition whether it holds, and renders the actions") {
    CHECK(
        tried(
            R"([{"operator":"equals","field":"contact.status","value":"new"},
                    {"operator":"gt","field":"value","value":10}])",
            R"([{"type":"send_notification","recipient":"a@b.c","message":"Hi {{contact.name}}"}])",
            R"({"contact":{"name":"Ada","status":"new"},"value":5})") ==
        R"({"matched":false,"conditions":[)"
        R"({"operator":"equals","field":"contact.status","value":"new","result":true},)"
        R"({"operator":"gt","field":"value","value":10,"result":false}],)"
        R"("actions":[{"type":"notification.send","rendered":)"
        R"({"recipient":"a@b.c","message":"Hi Ada"}}],"warnings":[]})");
    CHECK(tried("null", R"([{"type":"delay","for":"1d"}])", "{}") ==
          R"({"matched":true,"conditions":[],"actions":[)"
          R"({"type":"delay","rendered":{"for":"1d"}}],"warnings":[]})");
}

TEST_CASE("a dry run warns of paths that lead nowhere, and of what only a run knows") {
    CHECK(tried("null",
                R"([{"type":"create_task","title":"{{contact.nmae}}!",
                     "project_id":"{{actions.0.id}}"}])",
                R"({"contact":{"name":"Ada"}})") ==
          R"({"matched":true,"conditions":[],"actions":[{"type":"create_task","rendered":)"
          R"({"title":"!","project_id":null}}],"warnings":[)"
          R"({"pointer":"/actions/0/title","detail":"There is nothing at contact.nmae."},)"
          R"({"pointer":"/actions/0/project_id",)"
          R"("detail":"What is at actions.0.id is known in a run alone."}]})");
}

TEST_CASE("a condition that ends in an error does not hold, and says why") {
    const std::string told = tried(R"({"throw":"Odd"})", R"([{"type":"delay","for":"1d"}])", "{}");
    CHECK(told.find(R"("matched":false)") != std::string::npos);
    CHECK(told.find(R"("result":false,"error":{"type":"Odd")") != std::string::npos);
}

TEST_CASE("sample data is completed by what it leaves out") {
    const JsonObject context = sampled(R"({"type":"event","event":"contact.status_changed"})",
                                       R"({"contact":{"id":"c-1","name":"Ada Lovelace"},
                    "changes":{"status":{"old":"new","new":"customer"}}})");
    CHECK(context.find("contact")->text("first_name") == "Ada");
    CHECK(at(context, "contact_id") == R"("c-1")");
    CHECK(at(context, "old_status") == R"("new")");
    CHECK(at(context, "new_status") == R"("customer")");
    CHECK(at(context, "company_name") == R"("Acme")");
    CHECK(at(context, "user_id") == R"("u-1")");
    CHECK(context.find("event")->text("type") == "contact.status_changed");
}

TEST_CASE("sample data of the module form is flat, and stands as it is given") {
    const JsonObject context = sampled(R"({"type":"event","event":"deal.high_value"})",
                                       R"({"opportunity_name":"Big","value":20000})");
    CHECK(at(context, "opportunity_name") == R"("Big")");
    CHECK(at(context, "value") == "20000");
    const JsonObject named = sampled(R"({"type":"event","event":"deal.created"})",
                                     R"({"opportunity":{"name":"Big","value":7},
                                         "contact":{"name":"Ada King"}})");
    CHECK(named.find("deal")->text("name") == "Big");
    CHECK(at(named, "value") == "7");
    CHECK(named.find("contact")->text("last_name") == "King");
    const JsonObject manual = sampled(R"({"type":"manual"})", R"({"contact":{"name":"Ada"}})");
    CHECK(manual.find("contact")->text("first_name") == "Ada");
    CHECK(manual.find("event")->text("type") == "manual");
}

TEST_CASE("a rule waits for what its trigger names, wider names included") {
    const auto waits = [](const char* event, const char* type, const char* data) {
        const Json trigger = JsonObject{{"type", "event"}, {"event", event}};
        const Json conditions = parse_json(R"([{"type":"value_threshold","value":50}])");
        const std::string name(type);
        return awaits({trigger, conditions, 10'000}, *registry.find(name.substr(0, name.find('.'))),
                      type, *parse_json(data).object());
    };
    CHECK(waits("deal.won", "deal.won", "{}"));
    CHECK(waits("deal.stage_changed", "deal.won", "{}"));
    CHECK_FALSE(waits("deal.lost", "deal.won", "{}"));
    CHECK(waits("message.received", "message.created", R"({"direction":"in"})"));
    CHECK_FALSE(waits("message.received", "message.created", R"({"direction":"out"})"));
    CHECK(waits("deal.high_value", "deal.created", R"({"value":51})"));
    CHECK_FALSE(waits("deal.high_value", "deal.created", R"({"value":50})"));
}

TEST_CASE("each trigger's example has what the trigger says that a rule sees") {
    for (const TriggerEvent& event : trigger_events(registry)) {
        INFO(event.name);
        const JsonObject context = example_context(registry, event);
        CHECK(context.contains(event.kind));
        for (const std::string& name : event.data) CHECK(context.contains(name));
    }
}

TEST_CASE("each action has a schema of its parameters") {
    for (const ActionType& type : action_types()) {
        INFO(type.name);
        const Json schema = action_schema(type);
        CHECK(schema.find("properties")->object()->size() == type.parameters.size());
    }
    const Json email = action_schema(*find_action_type("send_email"));
    CHECK(*email.find("required") == Json(JsonArray{"to_email", "subject"}));
}

TEST_CASE("names of queues and ids of webhooks are well formed, or templates") {
    const auto fault = [](const std::string& action) {
        const auto checked = check_actions(parse_json("[" + action + "]"));
        return checked ? std::string() : Rejection(checked.error()).errors.front().where;
    };
    CHECK(fault(R"({"type":"queue.enqueue","queue":"orders.new","payload":1})").empty());
    CHECK(fault(R"({"type":"queue.enqueue","queue":"{{deal.stage}}","payload":1})").empty());
    CHECK(fault(R"({"type":"queue.enqueue","queue":"a b","payload":1})") == "/actions/0/queue");
    CHECK(fault(R"({"type":"webhook.publish","webhook_id":"7"})") == "/actions/0/webhook_id");
}
