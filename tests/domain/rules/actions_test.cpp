#include "domain/rules/action_checks.hpp"
#include "domain/rules/actions.hpp"
#include "domain/rules/fixed_values.hpp"

#include <date/tz.h>
#include <doctest/doctest.h>

#include <set>

using namespace throughline;
using namespace throughline::rules;

namespace {

std::string fault(std::string_view actions) {
    const auto checked = check_actions(parse_json(actions));
    if (checked) return "taken";
    const Rejection refused = checked.error();
    std::string told;
    for (const FieldError& error : refused.errors)
        told += (told.empty() ? "" : " ") + error.where + ' ' + error.code;
    return told;
}

std::string rendered(std::string_view action) {
    const Json data = parse_json(
        R"({"contact":{"email":"a@b.c\r\nBcc: x","name":"<Ada>","url":"https://x.example/a"},"n":7})");
    const auto checked = check_actions(JsonArray{parse_json(action)});
    REQUIRE(checked.has_value());
    std::vector<TemplateWarning> warnings;
    const TemplateContext context{data, {}, *date::locate_zone("UTC")};
    return to_text(rendered_parameters(checked->front(), context, "/actions/0", warnings));
}

std::string rendered_body(const std::string& body) {
    const JsonObject action{
        {"type", "http.request"}, {"method", "POST"}, {"url", "u"}, {"body", body}};
    return parse_json(rendered(to_text(action))).text("body");
}

} // namespace

TEST_CASE("actions are taken with their parameters beside the type or below it") {
    CHECK(fault(R"([{"type":"email.send","to_email":"{{contact.email}}","subject":"Hello"}])") ==
          "taken");
    CHECK(fault(R"([{"type":"send_notification","parameters":{"recipient":"u","message":"m"}}])") ==
          "taken");
    CHECK(
        fault(
            R"([{"type":"create_task","parameters":{"title":"t","due_date":"{{date_add_days:7}}"}},
                    {"type":"task.create","task_data":{"title":"t"}},
                    {"type":"update_status","entity_id":"{{deal.id}}","new_status":"won"},
                    {"type":"http.request","method":"POST","url":"https://x","headers":{"A":"b"},"body":[1]},
                    {"type":"http.openapi","document":"d","operation_id":"o","parameters":{"id":1}},
                    {"type":"http.openapi","parameters":{"document":"d","operation_id":"o","parameters":{}}},
                    {"type":"webhook.publish","webhook_id":"01890a5d-ac96-774b-bcce-b302099a8057"},
                    {"type":"queue.enqueue","queue":"q","payload":"{{deal}}"},
                    {"type":"delay","for":"2d"},{"type":"delay","for":3}])") == "taken");
}

TEST_CASE("what is wrong with actions is told with its place") {
    CHECK(fault("{}") == "/actions invalid_type");
    CHECK(fault("[]") == "/actions required");
    CHECK(fault("[7]") == "/actions/0 invalid_type");
    CHECK(fault("[{}]") == "/actions/0/type required");
    CHECK(fault(R"([{"type":"fly"}])") == "/actions/0/type invalid_choice");
    CHECK(
        fault(R"([{"type":"email.send","subject":7,"x":1}])") ==
        "/actions/0/to_email required /actions/0/subject invalid_type /actions/0/x unknown_field");
    CHECK(fault(R"([{"type":"update_status","parameters":{"entity_id":"e"},"y":1}])") ==
          "/actions/0/y unknown_field /actions/0/parameters/new_status required");
    CHECK(fault(R"([{"type":"http.request","method":"SHOUT","url":"u","headers":{"a":1}}])") ==
          "/actions/0/method invalid_choice /actions/0/headers invalid_type");
    CHECK(fault(R"([{"type":"delay"}])") == "/actions/0/for required");
    CHECK(fault(R"([{"type":"delay","for":"soon"}])") == "/actions/0/for invalid_format");
    CHECK(fault(R"([{"type":"ai.generate","prompt":"{{x"}])") ==
          "/actions/0/prompt invalid_format");
    CHECK(fault(R"([{"type":"task.create","task_data":{"a/b":["{{x | shout}}"]}}])") ==
          "/actions/0/task_data/a~1b/0 invalid_choice");
}

TEST_CASE("values that no template makes are checked by the fields they are written to") {
    const Registry kinds = standard_registry();
    const auto faults = [&](const std::string& action) {
        const auto checked = check_actions(parse_json("[" + action + "]"));
        REQUIRE(checked.has_value());
        std::string told;
        for (const FieldError& error : value_faults(*checked, kinds))
            told += (told.empty() ? "" : " ") + error.where + ' ' + error.code;
        return told;
    };
    CHECK(faults(R"({"type":"task.create","task_data":{"due_date":"soon","priority":"zzz"}})") ==
          "/actions/0/task_data/priority invalid_choice "
          "/actions/0/task_data/due_date invalid_format /actions/0/task_data/name required");
    CHECK(faults(R"({"type":"task.create","task_data":{"title":"{{deal.name}}","priority":"High",
                     "due_date":"{{date_add_days:3}}","metadata":{"a":"{{b}}"}}})") == "");
    CHECK(faults(R"({"type":"create_task",
                     "parameters":{"title":"t","due_date":"","priority":"z"}})") ==
          "/actions/0/parameters/priority invalid_choice");
    CHECK(faults(R"({"type":"task.create","task_data":{"title":" ","priority":null}})") ==
          "/actions/0/task_data/title required");
    CHECK(faults(R"({"type":"contact.update","changes":{"email":"ada","tags":["{{a}}",7]}})") ==
          "/actions/0/changes/email invalid_format");
    CHECK(faults(R"({"type":"deal.update","changes":{"stage":null}})") ==
          "/actions/0/changes/stage required");
    CHECK(faults(R"({"type":"email.send","to_email":"a@b.c, bad","subject":"s","cc":["x"]})") ==
          "/actions/0/to_email invalid_format /actions/0/cc invalid_format");
    CHECK(faults(R"({"type":"email.send","to_email":["a@b.c","{{x|default:d, e}}"],
                     "subject":"s"})") == "");
    CHECK(faults(R"({"type":"message.post","channel":"Email","to":"ada","body":"b"})") ==
          "/actions/0/to invalid_format");
    CHECK(faults(R"({"type":"message.post","channel":"slack","to":"ada","body":"b"})") == "");
    CHECK(faults(R"({"type":"notification.send","recipient":"boss","message":"m"})") ==
          "/actions/0/recipient invalid_format");
    CHECK(faults(R"({"type":"delay","until":"soon"})") == "/actions/0/until invalid_format");
    CHECK(faults(R"({"type":"delay","until":"2026-12-01"})") == "");
    const auto status = [&](const std::string& parameters) {
        return faults(R"({"type":"update_status",)" + parameters + "}");
    };
    const std::string invalid = "/actions/0/new_status invalid_choice";
    CHECK(status(R"("entity_id":"{{deal.id}}","new_status":"zz")") == invalid);
    CHECK(status(R"("entity_id":"{{deal.id}}","new_status":"active")") == invalid);
    CHECK(status(R"("entity_id":"{{deal.id}}","new_status":"Won")") == "");
    CHECK(status(R"("entity_id":"{{payload.x}}","new_status":"zz")") == invalid);
    CHECK(status(R"("entity_id":"{{payload.x}}","new_status":"active")") == "");
    CHECK(status(R"("entity_id":"{{a}}","new_status":"won","entity_type":"task")") == invalid);
    CHECK(status(R"("entity_id":"{{a}}","new_status":"won","entity_type":"{{b}}")") == "");
}

TEST_CASE("parameters are rendered for where they go") {
    CHECK(
        rendered(
            R"({"type":"email.send","to_email":"{{contact.email}}","subject":"To {{contact.name}}",
                       "html":"<p>{{contact.name}}</p>","body":"{{contact.name}}"})") ==
        R"({"to_email":"a@b.c  Bcc: x","subject":"To <Ada>","html":"<p>&lt;Ada&gt;</p>","body":"<Ada>"})");
    CHECK(
        rendered(R"({"type":"http.request","method":"POST","url":"https://h/{{contact.name}}",
                       "body":"{\"n\":\"{{contact.email}}\"}"})") ==
        R"({"method":"POST","url":"https://h/%3CAda%3E","body":"{\"n\":\"a@b.c\\r\\nBcc: x\"}"})");
    CHECK(
        rendered(
            R"({"type":"http.request","method":"GET","url":"{{contact.url}}","body":{"n":"{{n}}"}})") ==
        R"({"method":"GET","url":"https://x.example/a","body":{"n":7}})");
}

TEST_CASE("of a URL the beginning alone is as it is") {
    const auto url = [](const std::string& written) {
        return rendered(R"({"type":"http.request","method":"GET","url":")" + written + "\"}");
    };
    CHECK(url("{{contact.url}}/search?q={{contact.name}}") ==
          R"({"method":"GET","url":"https://x.example/a/search?q=%3CAda%3E"})");
    CHECK(url("{{contact.url}}{{contact.url}}") ==
          R"({"method":"GET","url":"https://x.example/ahttps%3A%2F%2Fx.example%2Fa"})");
}

TEST_CASE("a body that is JSON is none that values break out of") {
    CHECK(rendered_body("\n {\"n\":\"{{contact.email}}\"}") == "\n {\"n\":\"a@b.c\\r\\nBcc: x\"}");
    CHECK(rendered_body("\t[\"{{contact.email}}\"]") == "\t[\"a@b.c\\r\\nBcc: x\"]");
    CHECK(rendered_body(" {{contact.email}}") == " a@b.c\r\nBcc: x");
}

TEST_CASE("what json gives stands in a body of JSON as it is, outside of quotes") {
    CHECK(rendered_body(R"({"a":{{contact.name|json}},"b":{{n|json}}})") ==
          R"({"a":"<Ada>","b":7})");
    CHECK(rendered_body(R"({"a\"":{{contact.name|json}},"b":"{{contact.name|json}}"})") ==
          R"({"a\"":"<Ada>","b":"\"<Ada>\""})");
    CHECK(rendered_body(R"({"a":{{contact.name|json|upper}}})") == R"({"a":\"<ADA>\"})");
}

TEST_CASE("every action has a name of its own") {
    std::set<std::string_view> names;
    for (const ActionType& type : action_types()) {
        CHECK(names.insert(type.name).second);
        if (!type.also.empty()) CHECK(names.insert(type.also).second);
        CHECK(find_action_type(type.name) == &type);
    }
    CHECK(find_action_type("") == nullptr);
}

TEST_CASE("which kinds of records an action writes is its own to say") {
    const Registry registry = standard_registry();
    const auto written = [&](const std::string& action) {
        std::string names;
        for (const Kind* const kind :
             kinds_written(check_actions(parse_json("[" + action + "]")).value(), registry))
            names += (names.empty() ? "" : " ") + kind->name;
        return names;
    };
    CHECK(written(R"({"type":"create_task","title":"T"})") == "task");
    CHECK(written(R"({"type":"project.create","project_data":{"name":"P"}})") == "project");
    CHECK(written(R"({"type":"message.post","channel":"chat","body":"B"})") == "message");
    CHECK(written(R"({"type":"contact.update","changes":{"name":"A"}})") == "contact");
    CHECK(written(R"({"type":"delay","for":"1d"})") == "");
    CHECK(written(R"({"type":"update_status","entity_id":"{{deal.id}}","new_status":"won",
                      "entity_type":"opportunities"})") == "deal");
}
