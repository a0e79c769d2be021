#include "domain/rules/rule_templates.hpp"

#include "domain/automation.hpp"
#include "domain/record/change.hpp"
#include "domain/rules/dry_run.hpp"
#include "domain/rules/fixed_values.hpp"
#include "domain/rules/trigger_examples.hpp"

#include <date/tz.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace throughline;
using namespace throughline::rules;

namespace {

/// What a template's rule sees when it is tried.
JsonObject context_of(const Json& trigger) {
    const Registry registry = standard_registry();
    for (const TriggerEvent& event : trigger_events(registry))
        if (event.name == trigger.text("event")) return example_context(registry, event);
    ContextSource source;
    source.tenant = example_tenant();
    JsonObject context = rule_context(source);
    context.set("payload", JsonObject{{"title", "From elsewhere"}});
    return context;
}

} // namespace

TEST_CASE("each template is a rule that can be saved, and finds all that it names") {
    const Kind kind = automation_kind();
    std::set<std::string_view> keys;
    for (const RuleTemplate& each : rule_templates()) {
        INFO(each.key);
        CHECK(keys.insert(each.key).second);
        const Json rule = parse_json(each.rule);
        const auto draft = check_create(kind, rule);
        REQUIRE(draft.has_value());
        CHECK(rule.text("description") != "");
        const Json context(context_of(*rule.find("trigger")));
        const std::vector<Action> actions = check_actions(*rule.find("actions")).value();
        CHECK(value_faults(actions, standard_registry()).empty());
        const DryRun run = dry_run(compile_conditions(*rule.find("conditions")).value(), actions,
                                   {context, Time{}, *date::locate_zone("UTC")});
        for (const TemplateWarning& warning : run.warnings)
            FAIL_CHECK(warning.pointer << ' ' << warning.detail);
    }
    CHECK(keys.size() == 14);
    for (const auto* const key : {"new_lead_welcome", "deal_won_project", "task_due_tomorrow",
                                  "activity_completed_update_deal"})
        CHECK(find_rule_template(key) != nullptr);
    CHECK(find_rule_template("nothing") == nullptr);
}

TEST_CASE("conditions of templates hold where they are meant to, and not elsewhere") {
    const auto holds = [](const char* key, const char* context) {
        const Json rule = parse_json(find_rule_template(key)->rule);
        const Json data = parse_json(context);
        return dry_run(compile_conditions(*rule.find("conditions")).value(), {},
                       {data, Time{}, *date::locate_zone("UTC")})
            .matched;
    };
    CHECK(holds("proposal_follow_up", R"({"changes":{"stage":{"old":"new","new":"proposal"}}})"));
    CHECK_FALSE(
        holds("proposal_follow_up", R"({"changes":{"stage":{"old":"proposal","new":"won"}}})"));
    CHECK(holds("contact_becomes_customer",
                R"({"changes":{"status":{"old":"new","new":"customer"}}})"));
    CHECK(holds("task_due_tomorrow", R"({"task":{"status":"pending"}})"));
    CHECK_FALSE(holds("task_due_tomorrow", R"({"task":{"status":"completed"}})"));
    CHECK_FALSE(holds("activity_completed_update_deal", R"({"activity":{"deal_id":null}})"));
    CHECK_FALSE(holds("lost_deal_survey", R"({"contact":{"email":null}})"));
}
