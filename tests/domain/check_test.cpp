#include "domain/record/change.hpp"
#include "domain/record/custom_fields.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace throughline;

namespace {

const std::string acme = "0190a7c0-0000-7000-8000-0000000000ac";

Draft created(std::string_view body, const Kind& kind = contact_kind()) {
    INFO(body);
    auto draft = check_create(kind, parse_json(body));
    REQUIRE(draft.has_value());
    return *draft;
}

Draft updated(std::string_view body, const Kind& kind = contact_kind()) {
    INFO(body);
    auto draft = check_update(kind, parse_json(body));
    REQUIRE(draft.has_value());
    return *draft;
}

/// "/name required, /email invalid_format" in the order of their pointers.
std::string faults_of(const Result<Draft>& draft) {
    if (draft.has_value()) return "none";
    CHECK(draft.error().refusal == Refusal::invalid);
    std::vector<std::string> faults;
    for (const FieldError& error : draft.error().errors) {
        CHECK_FALSE(error.detail.empty());
        faults.push_back(error.where + " " + error.code);
    }
    std::ranges::sort(faults);
    std::string text;
    for (const std::string& fault : faults) text += (text.empty() ? "" : ", ") + fault;
    return text;
}

std::string create_faults(std::string_view body, const Kind& kind = contact_kind()) {
    return faults_of(check_create(kind, parse_json(body)));
}

std::string update_faults(std::string_view body, const Kind& kind = contact_kind()) {
    return faults_of(check_update(kind, parse_json(body)));
}

std::string quoted(std::size_t length) { return "\"" + std::string(length, 'x') + "\""; }

} // namespace

TEST_CASE("a body becomes declared fields in their order, normalised") {
    const Draft draft = created(R"({"status":" Qualified ","email":" Ada@Example.com ",
        "tags":["vip"," VIP ","","  ","été","Été","b"],"name":"  Ada Byron ","phone":"+1 555 010",
        "job_position":"  ","organization_id":"0190A7C0-0000-7000-8000-0000000000AC"})");
    CHECK(to_text(draft.values) ==
          R"({"name":"Ada Byron","email":"Ada@Example.com","phone":"+1 555 010",)"
          R"("job_position":null,"organization_id":")" +
              acme + R"(","tags":["vip","été","b"],"status":"qualified"})");
    CHECK(draft.names.empty());
    CHECK(draft.repeated.empty());
}

TEST_CASE("a create demands what is required, an update does not") {
    CHECK(create_faults("{}") == "/name required");
    CHECK(create_faults(R"({"name":null})") == "/name required");
    CHECK(create_faults(R"({"name":"  "})") == "/name required");
    CHECK(update_faults("{}") == "none");
    CHECK(update_faults(R"({"name":null})") == "/name required");
    CHECK(update_faults(R"({"name":""})") == "/name required");
}

TEST_CASE("every fault is reported, with a pointer") {
    CHECK(create_faults(R"({"nme":"x","email":"ada","status":"gone","tags":"vip","owner_id":7})") ==
          "/email invalid_format, /name required, /nme unknown_field, /owner_id invalid_type, "
          "/status invalid_choice, /tags invalid_type");
    CHECK(create_faults(R"({"name":"x","a/b~c":1})") == "/a~1b~0c unknown_field");
    CHECK(create_faults("[]") == " invalid_type");
    CHECK(create_faults("\"x\"") == " invalid_type");
}

TEST_CASE("a fault is told in words that fit every kind and value") {
    const Kind form{"DealWin", "", {number("score")}};
    const auto rejected = check_update(form, parse_json(R"({"zz":1,"score":"0x10"})")).error();
    CHECK(rejected.errors[0].detail == "There is no such field.");
    CHECK(rejected.errors[1].detail == "A decimal number of at most 40 digits is expected.");
}

TEST_CASE("thousands of faults are cut to a hundred") {
    JsonObject body{{"name", "x"}};
    for (int i = 0; i < 5000; ++i) body.append("field" + std::to_string(i), 1);
    CHECK(check_create(contact_kind(), body).error().errors.size() == 100);
}

TEST_CASE("values have the type of their field") {
    for (const std::string field : {"name", "email", "phone", "job_position", "status", "owner_id"})
        for (const std::string value : {"1", "true", "[]", "{}"})
            CHECK(update_faults("{\"" + field + "\":" + value + "}") ==
                  "/" + field + " invalid_type");
    CHECK(update_faults(R"({"tags":{}})") == "/tags invalid_type");
    CHECK(update_faults(R"({"tags":["a",1,null]})") ==
          "/tags/1 invalid_type, /tags/2 invalid_type");
    CHECK(update_faults(R"({"metadata":[]})") == "/metadata invalid_type");
    CHECK(update_faults(R"({"metadata":"x"})") == "/metadata invalid_type");
    CHECK(update_faults(R"({"organization":{}})") == "/organization invalid_type");
}

TEST_CASE("formats are checked") {
    CHECK(update_faults(R"({"email":"not an address"})") == "/email invalid_format");
    CHECK(update_faults(R"({"phone":"none"})") == "/phone invalid_format");
    CHECK(update_faults(R"({"organization_id":"acme"})") == "/organization_id invalid_format");
    const Kind organization = organization_kind();
    for (const std::string url : {"acme.example", "ftp://acme.example", "https://", "http:///x",
                                  "javascript:alert(1)", "https://acme example", "https://?q"})
        CHECK(update_faults("{\"website\":\"" + url + "\"}", organization) ==
              "/website invalid_format");
    for (const std::string url : {"https://acme.example", "HTTP://acme.example:8080/a?b#c"})
        CHECK(update_faults("{\"website\":\"" + url + "\"}", organization) == "none");
}

TEST_CASE("a choice is taken by key or label, without case") {
    const Kind kind{"task", "tasks", {choice("status", {"pending", "in_progress"})}};
    for (const auto* text : {"in_progress", "In progress", "IN PROGRESS", " In_Progress "})
        CHECK(created("{\"status\":\"" + std::string(text) + "\"}", kind)
                  .values.find("status")
                  ->string() != nullptr);
    CHECK(to_text(created(R"({"status":"In Progress"})", kind).values) ==
          R"({"status":"in_progress"})");
    CHECK(create_faults(R"({"status":"inprogress"})", kind) == "/status invalid_choice");
    CHECK(to_text(updated(R"({"status":"New"})").values) == R"({"status":"new"})");
    // Keys of a tenant's own have capitals, too; a key is meant before a label is.
    const Kind own{"task", "tasks", {choice("area", {"EMEA_NORTH", "EMEA NORTH"})}};
    for (const auto* text : {"EMEA_NORTH", "EMEA NORTH"})
        CHECK(*created("{\"area\":\"" + std::string(text) + "\"}", own).values.find("area") ==
              Json(text));
    CHECK(*created(R"({"area":"emea_north"})", own).values.find("area") == Json("EMEA_NORTH"));
}

TEST_CASE("sizes count characters, tags and serialised bytes") {
    CHECK(update_faults("{\"name\":" + quoted(255) + "}") == "none");
    CHECK(update_faults("{\"name\":" + quoted(256) + "}") == "/name too_large");
    CHECK(update_faults("{\"organization\":" + quoted(256) + "}") == "/organization too_large");
    CHECK(update_faults("{\"tags\":[\"a\"," + quoted(101) + "]}") == "/tags/1 too_large");
    std::string accents;
    for (int i = 0; i < 255; ++i) accents += "é";
    CHECK(update_faults("{\"name\":\"" + accents + "\"}") == "none");

    const auto tags = [](int count) {
        JsonArray list;
        for (int i = 0; i < count; ++i) list.emplace_back("tag" + std::to_string(i));
        list.emplace_back("TAG0");
        return to_text(JsonObject{{"tags", std::move(list)}});
    };
    CHECK(update_faults(tags(99)) == "none");             // and TAG0, which is one of them
    CHECK(update_faults(tags(100)) == "/tags too_large"); // as the schema counts

    const std::string frame = R"({"k":""})";
    const auto metadata = [&](std::size_t bytes) {
        return "{\"name\":\"x\",\"metadata\":{\"k\":" + quoted(bytes - frame.size()) + "}}";
    };
    CHECK(create_faults(metadata(16 * 1024)) == "none");
    CHECK(create_faults(metadata(16 * 1024 + 1)) == "/metadata too_large");
    CHECK(update_faults(metadata(1000 * 1024)) == "/metadata too_large");
}

TEST_CASE("null clears, and clears tags and metadata to empty") {
    CHECK(
        to_text(updated(R"({"email":null,"tags":null,"job_position":" ","owner_id":""})").values) ==
        R"({"email":null,"job_position":null,"tags":[],"owner_id":null})");
    CHECK(to_text(created(R"({"name":"x","tags":null,"metadata":null})").values) ==
          R"({"name":"x","tags":[],"metadata":{}})");
}

TEST_CASE("what is never null is its initial value where a create says null, and is not cleared") {
    const Kind deal = deal_kind();
    const Draft draft = created(R"({"name":"x","currency":null,"stage":null})", deal);
    CHECK(to_text(draft.values) == R"({"name":"x"})"); // the rest is as if it were absent
    const JsonObject fields = decide_create(deal, draft.values, Uuid{}).front().data;
    CHECK(*fields.find("stage") == Json("new"));
    CHECK(*fields.find("currency") == Json("USD"));
    CHECK(to_text(created(R"({"name":"x","stage":"  "})", deal).values) == R"({"name":"x"})");
    CHECK(update_faults(R"({"stage":null,"currency":null,"value":null})", deal) ==
          "/currency required, /stage required");
    CHECK(update_faults(R"({"stage":""})", deal) == "/stage required");
    CHECK(update_faults(R"({"status":null,"priority":null})", task_kind()) ==
          "/status required"); // a task need have no priority
    for (const Kind& kind : {contact_kind(), lead_kind(), project_kind(), activity_kind()})
        CHECK(update_faults(R"({"status":null})", kind) == "/status required");
    CHECK(
        check_update_of_many(deal, parse_json(R"({"stage":null})")).error().errors.front().where ==
        "/stage");
}

TEST_CASE("a null that an old record has is no fault, and no change") {
    const Kind deal = deal_kind();
    const Json old = parse_json(R"({"stage":null,"currency":null})");
    for (const auto* const text :
         {R"({"stage":null,"currency":null,"value":7})", R"({"stage":" ","value":7})"}) {
        const auto draft = check_update(deal, parse_json(text), *old.object());
        REQUIRE(draft.has_value());
        CHECK(to_text(draft->values) == R"({"value":7})");
    }
    const Json other = parse_json(R"({"stage":"won","currency":null})");
    CHECK(faults_of(check_update(deal, old, *other.object())) == "/stage required");
}

TEST_CASE("metadata of a create holds no null member; keys are not empty, values are free") {
    CHECK(to_text(*created(R"({"name":"x","metadata":{"a":null,"b":{"c":null,"d":[null]}}})")
                       .values.find("metadata")) == R"({"b":{"d":[null]}})");
    CHECK(create_faults(R"({"name":"x","metadata":{"":1}})") == "/metadata/ invalid_format");
    CHECK(update_faults(R"({"metadata":{"a":{"":[1.50,true]}}})") == "none");
}

TEST_CASE("what the server keeps is refused on create and repeated on update") {
    CHECK(create_faults(R"({"name":"x","id":"1","version":1,"created_at":"","updated_at":""})") ==
          "/created_at read_only, /id read_only, /updated_at read_only, /version read_only");
    const Draft draft = updated(R"({"id":"1","version":3,"created_at":"c","name":"x"})");
    CHECK(to_text(draft.repeated) == R"({"id":"1","version":3,"created_at":"c"})");
    CHECK(to_text(draft.values) == R"({"name":"x"})");
}

TEST_CASE("a reference is given by id, or by name for the handler to resolve") {
    const Draft named = created(R"({"name":"x","organization":" Acme ","owner":"Ada"})");
    CHECK(to_text(named.names) == R"({"organization_id":"Acme","owner_id":"Ada"})");
    CHECK_FALSE(named.values.contains("organization_id"));

    CHECK(to_text(updated(R"({"organization":null})").names) == R"({"organization_id":null})");
    CHECK(to_text(updated(R"({"organization":" "})").names) == R"({"organization_id":null})");

    const Draft by_id = updated("{\"organization\":\"" + acme + "\"}");
    CHECK(to_text(by_id.values) == "{\"organization_id\":\"" + acme + "\"}");
    CHECK(by_id.names.empty());
}

TEST_CASE("an id and its name are both kept, for the handler to compare") {
    const Draft both = updated("{\"organization_id\":\"" + acme + "\",\"organization\":\"Acme\"}");
    CHECK(both.values.find("organization_id")->string()->starts_with("0190a7c0"));
    CHECK(to_text(both.names) == R"({"organization_id":"Acme"})");
    CHECK(update_faults("{\"organization_id\":null,\"organization\":\"" + acme + "\"}") ==
          "/organization invalid_format");
}

TEST_CASE("a synonym is taken; given with another value it is refused") {
    const Kind kind{"task", "tasks", {text("name").required().also_called("title")}};
    CHECK(to_text(created(R"({"title":" Call "})", kind).values) == R"({"name":"Call"})");
    CHECK(to_text(created(R"({"title":"Call","name":"Call "})", kind).values) ==
          R"({"name":"Call"})");
    CHECK(create_faults(R"({"title":"Call","name":"Write"})", kind) == "/title invalid_format");
    CHECK(create_faults("{}", kind) == "/name required");
    CHECK(create_faults(R"({"title":null})", kind) == "/title required");
}

TEST_CASE("a required field of a tenant takes neither null nor an empty list") {
    const Kind kind = with_custom_fields(
        contact_kind(),
        {JsonObject{{"key", "likes"},
                    {"type", "multi_choice"},
                    {"choices", JsonArray{"Tea", "Coffee"}},
                    {"required", true}},
         JsonObject{{"key", "areas"}, {"type", "multi_choice"}, {"choices", JsonArray{"North"}}}});
    const std::string missing = "/metadata/likes required";
    CHECK(create_faults(R"({"name":"Ada"})", kind) == missing);
    CHECK(create_faults(R"({"name":"Ada","metadata":{"likes":null}})", kind) == missing);
    CHECK(create_faults(R"({"name":"Ada","metadata":{"likes":[]}})", kind) == missing);
    CHECK(create_faults(R"({"name":"Ada","metadata":{"likes":["Tea"],"areas":[]}})", kind) ==
          "none");
    CHECK(update_faults(R"({"metadata":{"likes":null}})", kind) == missing);
    CHECK(update_faults(R"({"metadata":{"likes":[]}})", kind) == missing);
    CHECK(update_faults(R"({"metadata":{"areas":[]}})", kind) == "none");
    const Json before = parse_json(R"({"metadata":{"likes":[]}})");
    CHECK(faults_of(check_update(kind, before, *before.object())) == "none");
}

TEST_CASE("a reference of a tenant keeps its target by the kind's own name") {
    const auto target = [](const std::string& written) {
        const Json body = JsonObject{{"key", "x"}, {"type", "reference"}, {"target", written}};
        return Json(check_custom_field(standard_registry(), contact_kind(), body).value())
            .text("target");
    };
    CHECK(target("contacts") == "contact");
    CHECK(target("opportunities") == "deal");
    CHECK(target("deal") == "deal");
    CHECK(target("user") == "user");
}

TEST_CASE("a choice that is one no more may be sent as the record has it, and not else") {
    const Kind kind = with_custom_fields(
        deal_kind(),
        {JsonObject{{"key", "tier"}, {"type", "choice"}, {"choices", JsonArray{"Gold"}}}});
    const Json body = parse_json(R"({"stage":"early","metadata":{"tier":"Tin"}})");
    const std::string both = "/metadata/tier invalid_choice, /stage invalid_choice";
    CHECK(faults_of(check_update(kind, body)) == both);
    CHECK(faults_of(check_update(kind, body, *body.object())) == "none");
    const Json other = parse_json(R"({"stage":"won","metadata":{"tier":"Gold"}})");
    CHECK(faults_of(check_update(kind, body, *other.object())) == both);
}

TEST_CASE("of many records a choice passes that one of them may have") {
    Kind kind = with_custom_fields(deal_kind(), *parse_json(R"([
        {"key":"tier","type":"choice","choices":["Gold"],"required":true},
        {"key":"zones","type":"multi_choice","choices":["EU"],"required":true},
        {"key":"stage","type":"choice","choices":["Paused"],"retired":["On hold"]}])")
                                                     .array());
    const auto fault = [&](std::string_view body) -> std::string {
        const auto checked = check_update_of_many(kind, parse_json(body));
        if (checked) return "none";
        return checked.error().errors.front().code + " " + checked.error().errors.front().where;
    };
    CHECK(fault(R"({"stage":"paused"})") == "none");
    CHECK(fault(R"({"stage":"on_hold","version":3})") == "none");
    CHECK(fault(R"({"stage":"On hold"})") == "invalid_choice /stage"); // no record has that
    CHECK(fault(R"({"stage":"odd"})") == "invalid_choice /stage");
    CHECK(fault(R"({"stage":7})") == "invalid_type /stage");
    CHECK(fault(R"({"metadata":{"tier":"Tin","zones":[]}})") == "none");
    CHECK(fault(R"({"metadata":{"zones":["US","EU"]}})") == "none");
    CHECK(fault(R"({"metadata":{"tier":null}})") == "required /metadata/tier");
    CHECK(fault(R"({"stgae":"new"})") == "unknown_field /stgae");
    std::ranges::find(kind.fields, "stage", &Field::name)->had_choices = true;
    CHECK(fault(R"({"stage":"odd"})") == "none");
    CHECK(fault(R"({"stage":"No key"})") == "invalid_choice /stage");
}
