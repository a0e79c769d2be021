#include "domain/rules/module_rules.hpp"

#include <doctest/doctest.h>

using namespace throughline;
using namespace throughline::rules;

namespace {

/// The rule that a body in the module form makes, or what is wrong with it.
std::string made(const std::string& body) {
    const auto rule = from_module_rule(*parse_json(body).object(), "acme");
    if (rule) return to_text(Json(*rule));
    const Rejection refused = rule.error();
    std::string told;
    for (const FieldError& error : refused.errors)
        told += (told.empty() ? "" : " ") + error.where + ' ' + error.code;
    return told;
}

std::string shown(const std::string& rule) {
    return to_text(Json(to_module_rule(*parse_json(rule).object(), "acme")));
}

} // namespace

TEST_CASE("a rule of the module form is one of ours") {
    CHECK(
        made(R"({"tenant_id":"acme","name":"A","module_type":"sales",
        "trigger_id":"high_value_opportunity",
        "conditions":[{"type":"value_threshold","value":5000}],
        "actions":[{"type":"send_notification","parameters":{"recipient":"a@b.c","message":"m"}}],
        "is_active":false})") ==
        R"({"trigger":{"type":"event","event":"deal.high_value"},"name":"A",)"
        R"("conditions":[{"type":"value_threshold","value":5000}],)"
        R"("actions":[{"type":"send_notification","parameters":{"recipient":"a@b.c","message":"m"}}],)"
        R"("enabled":false})");
    CHECK(made(R"({"module_type":"custom","trigger_id":"task_due_soon","conditions":
        [{"type":"jsonlogic","value":{">":[{"var":"value"},1]}}]})") ==
          R"({"trigger":{"type":"event","event":"task.due_soon"},)"
          R"("conditions":[{">":[{"var":"value"},1]}]})");
}

TEST_CASE("what the module form has wrong is told by its own names") {
    CHECK(made("{}") == "/module_type required /trigger_id required");
    CHECK(made(R"({"module_type":1,"trigger_id":"lead_created"})") == "/module_type invalid_type");
    CHECK(made(R"({"module_type":"moon","trigger_id":"lead_created"})") ==
          "/module_type invalid_choice");
    CHECK(made(R"({"module_type":"sales","trigger_id":"lead_created"})") ==
          "/trigger_id invalid_choice");
    CHECK(made(R"({"module_type":"custom","trigger_id":"cron"})") == "/trigger_id invalid_choice");
    CHECK(made(R"({"module_type":"crm","trigger_id":"lead_created","mode":"live"})") ==
          "/mode unknown_field");
    CHECK(made(R"({"module_type":"crm","trigger_id":"lead_created","tenant_id":"other"})") ==
          "/tenant_id read_only");
    CHECK(module_pointer("/trigger/event") == "/trigger_id");
    CHECK(module_pointer("/enabled") == "/is_active");
    CHECK(module_pointer("/actions/0/type") == "/actions/0/type");
}

TEST_CASE("any rule is shown in the module form") {
    CHECK(
        shown(R"({"id":"r","name":"A","description":null,"enabled":true,
        "trigger":{"type":"event","event":"deal.won"},
        "conditions":{"==":[{"var":"deal.stage"},"won"]},
        "actions":[{"type":"notification.send","recipient":"a@b.c","message":"m"}],
        "created_at":"c","updated_at":"u"})") ==
        R"({"id":"r","tenant_id":"acme","name":"A","description":null,"module_type":"sales",)"
        R"("trigger_id":"deal_closed_won",)"
        R"("conditions":[{"type":"jsonlogic","value":{"==":[{"var":"deal.stage"},"won"]}}],)"
        R"("actions":[{"type":"send_notification","parameters":{"recipient":"a@b.c","message":"m"}}],)"
        R"("is_active":true,"created_at":"c","updated_at":"u"})");
    const auto name = [](const char* trigger) {
        const ModuleTriggerName found = module_name_of(parse_json(trigger));
        return found.module + ' ' + found.id;
    };
    CHECK(name(R"({"type":"event","event":"contact.created"})") == "crm contact_created");
    CHECK(name(R"({"type":"event","event":"task.due_soon"})") == "custom task_due_soon");
    CHECK(name(R"({"type":"cron","cron":"@daily"})") == "custom cron");
    CHECK(name(R"({"type":"webhook"})") == "custom webhook");
}

TEST_CASE("every trigger that the module form lists makes the rule that it shows") {
    for (const ModuleTrigger& trigger : module_triggers()) {
        const auto made_of = trigger_of_module(trigger.module, trigger.id);
        REQUIRE(made_of);
        CHECK(module_name_of(*made_of).id == trigger.id);
    }
    for (const CustomTrigger& trigger : custom_triggers()) {
        const auto made_of = trigger_of_module(custom_module, trigger.id);
        REQUIRE_MESSAGE(made_of, trigger.id);
        CHECK(module_name_of(*made_of).id == trigger.id);
    }
}
