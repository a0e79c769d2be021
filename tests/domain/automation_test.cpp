#include "domain/automation.hpp"
#include "domain/record/change.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

const std::string actions = R"("actions":[{"type":"delay","for":"1d"}])";
const std::string trigger = R"("trigger":{"type":"manual"})";

/// What is wrong with a rule of these members, or its values.
std::string created(const std::string& members) {
    const Kind kind = automation_kind();
    const auto draft = check_create(kind, parse_json("{\"name\":\"Rule\"," + members + "}"));
    if (draft) return to_text(draft->values);
    const Rejection refused = draft.error();
    std::string told;
    for (const FieldError& error : refused.errors)
        told += (told.empty() ? "" : " ") + error.where + ' ' + error.code;
    return told;
}

} // namespace

TEST_CASE("a rule has a trigger of one of four types") {
    const auto with = [](const std::string& value) {
        return created("\"trigger\":" + value + "," + actions);
    };
    CHECK(with(R"({"type":"event","event":"deal.high_value"})").starts_with("{"));
    CHECK(with(R"({"type":"event","event":"task.due_soon","lead_time":"12h"})").starts_with("{"));
    CHECK(with(R"({"type":"cron","cron":"0 9 * * 1","timezone":"Europe/Paris"})").starts_with("{"));
    CHECK(with(R"({"type":"webhook"})").starts_with("{"));
    CHECK(with(R"({"type":"manual"})").starts_with("{"));
    CHECK(with("7") == "/trigger invalid_type");
    CHECK(with("{}") == "/trigger/type required");
    CHECK(with(R"({"type":"moon"})") == "/trigger/type invalid_choice");
    CHECK(with(R"({"type":"event"})") == "/trigger/event required");
    CHECK(with(R"({"type":"event","event":"deal.eaten"})") == "/trigger/event invalid_choice");
    CHECK(with(R"({"type":"event","event":"deal.won","lead_time":"1d"})") ==
          "/trigger/lead_time unknown_field");
    CHECK(with(R"({"type":"event","event":"task.due_soon","lead_time":"soon"})") ==
          "/trigger/lead_time invalid_format");
    CHECK(with(R"({"type":"cron","cron":"0 99 * * *"})") == "/trigger/cron invalid_format");
    CHECK(with(R"({"type":"cron","cron":"@daily","timezone":""})") ==
          "/trigger/timezone invalid_choice");
    CHECK(with(R"({"type":"manual","cron":"x"})") == "/trigger/cron unknown_field");
}

TEST_CASE("a webhook is published to a url, since none are registered yet") {
    const auto with = [](const std::string& parameter) {
        return created(trigger + R"(,"actions":[{"type":"webhook.publish",)" + parameter + "}]");
    };
    CHECK(with(R"("url":"https://example.com")").starts_with("{"));
    CHECK(with(R"("webhook_id":"01890a5d-ac96-774b-bcce-b302099a8057")") ==
          "/actions/0/webhook_id unknown_reference");
}

TEST_CASE("a rule's conditions are kept as a list and answered as they were written") {
    const auto kept = [](const std::string& value) {
        return created(trigger + "," + actions + ",\"conditions\":" + value);
    };
    const std::string logic = R"({">":[{"var":"deal.value"},1]})";
    CHECK(kept(logic).find("\"conditions\":[" + logic + "]") != std::string::npos);
    CHECK(to_text(written_conditions(parse_json("[" + logic + "]"))) == logic);
    const std::string list = R"([{"operator":"gt","field":"deal.value","value":1}])";
    CHECK(kept(list).find("\"conditions\":" + list) != std::string::npos);
    CHECK(to_text(written_conditions(parse_json(list))) == list);
    CHECK(kept("{}").find("\"conditions\":[]") != std::string::npos);
    CHECK(kept("[{}]").find("\"conditions\":[]") != std::string::npos);
    CHECK(kept("[{},{}]") == "/conditions/0/operator required /conditions/1/operator required");
    CHECK(kept(R"({"nope":1})") == "/conditions/nope invalid_choice");
    CHECK(kept(R"([{"operator":"nope","field":"a","value":1}])") ==
          "/conditions/0/operator invalid_choice");
    CHECK(kept("7") == "/conditions invalid_type");
}

TEST_CASE("a rule's conditions ask of the changes of the trigger's own record") {
    const Kind kind = automation_kind();
    const auto settled = [&](std::string_view event, std::string_view field) -> std::string {
        const Json condition = JsonObject{{"operator", "changed"}, {"field", field}};
        const auto made = kind.settle(kind, {},
                                      {{"trigger", JsonObject{{"type", "event"}, {"event", event}}},
                                       {"conditions", JsonArray(1, condition)}},
                                      {});
        if (made) return "taken";
        const Rejection refused = made.error();
        return refused.errors.front().where + ' ' + refused.errors.front().code;
    };
    CHECK(settled("task.updated", "task.status") == "taken");
    CHECK(settled("task.updated", "status") == "taken");
    CHECK(settled("task.updated", "metadata.tier") == "taken");
    CHECK(settled("deal.high_value", "opportunity.value") == "taken");
    CHECK(settled("task.updated", "project.status") == "/conditions/0/field invalid_choice");
    CHECK(settled("task.updated", "opportunity.stage") == "/conditions/0/field invalid_choice");
}

TEST_CASE("another trigger must suit a rule's conditions") {
    const Kind kind = automation_kind();
    Record record;
    record.fields.set("trigger", parse_json(R"({"type":"event","event":"deal.won"})"));
    record.fields.set("conditions", parse_json(R"([{"type":"changed","field":"deal.stage"}])"));
    const JsonObject other{{"trigger", parse_json(R"({"type":"event","event":"task.updated"})")}};
    CHECK(!kind.settle(kind, record, other, {}).has_value());
    CHECK(kind.settle(kind, record, {{"enabled", false}}, {}).has_value());
    CHECK(kind.settle(kind, record, {{"trigger", parse_json(R"({"type":"manual"})")}}, {})
              .has_value());
}

TEST_CASE("a rule's actions are checked when it is saved") {
    CHECK(created(trigger) == "/actions required");
    CHECK(
        created(trigger + R"(,"actions":[{"type":"email.send","to_email":"{{a","subject":"s"}])") ==
        "/actions/0/to_email invalid_format");
}

TEST_CASE("a rule whose action fails at every run is not saved") {
    const auto saved = [](const std::string& action) {
        const std::string told = created(trigger + ",\"actions\":[" + action + "]");
        return told.starts_with("{") ? "saved" : told;
    };
    CHECK(saved(R"({"type":"update_status","entity_id":"e","new_status":"won",
                    "entity_type":"invoice"})") ==
          "/actions/0/entity_id invalid_format /actions/0/entity_type invalid_choice");
    CHECK(saved(R"({"type":"update_status","parameters":{"entity_id":"{{deal.id}}",
                    "new_status":"won","entity_type":"Deal"}})") == "saved");
    CHECK(saved(R"({"type":"update_status","entity_id":"{{a}}","new_status":"x",
                    "entity_type":"organization"})") == "/actions/0/entity_type invalid_choice");
    CHECK(saved(R"({"type":"contact.update","parameters":{"id":"abc","changes":{"nme":"x"}}})") ==
          "/actions/0/parameters/id invalid_format "
          "/actions/0/parameters/changes/nme unknown_field");
    CHECK(saved(R"({"type":"contact.update","id":"{{a}}","changes":{"status":"{{b}}"}})") ==
          "saved");
    CHECK(saved(R"({"type":"deal.update","id":"","changes":{"value":"{{payload.value}}"}})") ==
          "saved");
    CHECK(saved(R"({"type":"task.create","task_data":{"titel":"x"}})") ==
          "/actions/0/task_data/titel unknown_field");
    CHECK(saved(R"({"type":"task.create","task_data":{"title":"x","due_date":"{{today}}"}})") ==
          "saved");
    CHECK(saved(R"({"type":"project.create","project_data":{"a/b":1}})") ==
          "/actions/0/project_data/a~1b unknown_field");
}

TEST_CASE("a rule's conditions and actions are of a size that lists can show") {
    const std::string long_text(300 * 1024, 'x');
    CHECK(created(trigger + R"(,"actions":[{"type":"ai.generate","prompt":")" + long_text +
                  "\"}]") == "/actions too_large");
    CHECK(created(trigger + "," + actions + R"(,"conditions":{"==":[")" + long_text + "\",1]}") ==
          "/conditions too_large");
}

TEST_CASE("another trigger takes the place of the old one, whole") {
    const Kind kind = automation_kind();
    const auto draft = check_create(
        kind, parse_json(R"({"name":"Rule","trigger":{"event":"deal.won","type":"event"},)" +
                         actions + "}"));
    Record record;
    const RecordEvent created = decide_create(kind, draft->values, Uuid{}).front();
    evolve(record, created.type, created.data, Time{});
    CHECK(to_text(*record.fields.find("trigger")) == R"({"type":"event","event":"deal.won"})");
    const auto change =
        check_update(kind, parse_json(R"({"trigger":{"type":"cron","cron":"@daily"}})"));
    const RecordEvents events = decide_update(kind, record, change->values).value();
    evolve(record, events.front().type, events.front().data, Time{});
    CHECK(to_text(*record.fields.find("trigger")) == R"({"type":"cron","cron":"@daily"})");
}
