#include "domain/other_kinds.hpp"
#include "domain/record/change.hpp"
#include "domain/record/schema.hpp"
#include "tests/support/event_schemas.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>
#include <rapidjson/prettywriter.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

using namespace throughline;

namespace {

namespace fs = std::filesystem;

const fs::path root = THROUGHLINE_SOURCE_DIR;

std::string file_text(const fs::path& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

rapidjson::Document document_of(const std::string& text) {
    rapidjson::Document document;
    document.Parse(text.c_str());
    REQUIRE_FALSE(document.HasParseError());
    return document;
}

std::string pretty(const Json& value) {
    rapidjson::StringBuffer buffer;
    rapidjson::PrettyWriter<rapidjson::StringBuffer> writer(buffer);
    writer.SetIndent(' ', 2);
    document_of(to_text(value)).Accept(writer);
    return std::string(buffer.GetString()) + "\n";
}

fs::path schema_file(const std::string& type) {
    return root / "schemas/events" / (type + ".v1.json");
}

JsonObject golden(const std::string& type) {
    const std::string file = "tests/domain/golden/" + type + ".v1.json";
    const std::string text = file_text(root / file);
    REQUIRE_MESSAGE(!text.empty(), file);
    return *parse_json(text).object();
}

std::vector<std::string> names_of(const JsonObject& object) {
    std::vector<std::string> names;
    for (const auto& [name, value] : object) names.push_back(name);
    return names;
}

std::vector<std::string> properties_of(const Json& schema) {
    return names_of(*schema.find("properties")->object());
}

/// Names of members that the schema does not list, where it lists any.
std::vector<std::string> undeclared(const Json& schema, const Json& value) {
    std::vector<std::string> names;
    const Json* const properties = schema.find("properties");
    if (properties == nullptr || value.object() == nullptr) return names;
    for (const auto& [name, member] : *value.object()) {
        const Json* const declared = properties->find(name);
        if (declared == nullptr)
            names.push_back(name);
        else
            std::ranges::copy(undeclared(*declared, member), std::back_inserter(names));
    }
    return names;
}

Record folded(const std::vector<std::string>& types) {
    Record record;
    for (const std::string& type : types)
        evolve(record, type, golden(type), *parse_rfc3339("2026-03-02T09:00:00Z"));
    return record;
}

/// Every kind and the types of its events.
std::vector<std::pair<Kind, std::vector<std::string>>> all_types() {
    std::vector<std::pair<Kind, std::vector<std::string>>> all;
    const Registry registry = standard_registry();
    for (const Kind& kind : registry.kinds()) all.emplace_back(kind, kind.event_types());
    for (const Kind& kind : kinds_beside_records()) all.emplace_back(kind, kind.event_types());
    return all;
}

const JsonObject& before_of(const JsonObject& data) { return *data.find("before")->object(); }

} // namespace

TEST_CASE("each event type has its schema file, made from the declaration") {
    const bool is_update = std::getenv("UPDATE_SCHEMAS") != nullptr;
    for (const auto& [kind, types] : all_types())
        for (const std::string& type : types) {
            const std::string declared = pretty(event_schema(kind, type));
            if (is_update) std::ofstream(schema_file(type)) << declared;
            INFO("rewrite with UPDATE_SCHEMAS=1: ", type);
            CHECK(file_text(schema_file(type)) == declared);
        }
}

TEST_CASE("each golden event is valid by its schema") {
    for (const auto& [kind, types] : all_types())
        for (const std::string& type : types) {
            INFO(type);
            CHECK(is_valid(parse_json(file_text(schema_file(type))), golden(type)));
        }
}

TEST_CASE("what is decided is valid by the schema") {
    const Kind kind = contact_kind();
    const auto draft = check_create(kind, parse_json(R"({"name":"Ada","metadata":{"a":1}})"));
    const auto created = decide_create(kind, draft->values, Uuid{});
    Record record;
    evolve(record, created[0].type, created[0].data, Time{});
    auto events = decide_update(kind, record, {{"status", "active"}, {"email", "a@b.c"}}).value();
    events.push_back(created[0]);
    events.push_back(decide_delete(kind, record)[0]);
    for (const RecordEvent& event : events) {
        INFO(event.type);
        CHECK(is_valid(event_schema(kind, event.type), event.data));
    }
}

TEST_CASE("data of another shape is not valid") {
    const auto is_contact_event = [](std::string_view type, std::string_view data) {
        return is_valid(event_schema(contact_kind(), type), parse_json(data));
    };
    CHECK(is_contact_event("contact.created", R"({"name":"Ada"})"));
    CHECK_FALSE(is_contact_event("contact.created", R"({"email":"a@b.c"})"));
    CHECK_FALSE(is_contact_event("contact.created", R"({"name":null})"));
    CHECK_FALSE(is_contact_event("contact.created", R"({"name":"Ada","tags":null})"));
    CHECK_FALSE(is_contact_event("contact.updated", R"({"before":{"email":null}})"));
    CHECK_FALSE(is_contact_event("contact.updated", R"({"before":{},"after":{}})"));
    CHECK_FALSE(is_contact_event("contact.status_changed",
                                 R"({"before":{"status":1},"after":{"status":"new"}})"));
    CHECK_FALSE(is_contact_event("contact.deleted", R"({"name":"Ada"})"));
}

// Golden events are as they were stored: a field that was added later is not in them.
TEST_CASE("golden events hold declared fields and nothing else") {
    for (const auto& [kind, types] : all_types())
        for (const std::string& type : types) {
            INFO(type);
            CHECK(undeclared(event_schema(kind, type), golden(type)).empty());
        }
}

TEST_CASE("golden events stay right when a field is added, and not when one is gone") {
    Kind kind = contact_kind();
    kind.fields.push_back(text("nickname").personal());
    for (const std::string& type : kind.event_types()) {
        INFO(type);
        CHECK(is_valid(event_schema(kind, type), golden(type)));
        CHECK(undeclared(event_schema(kind, type), golden(type)).empty());
    }
    std::erase_if(kind.fields, [](const Field& field) { return field.name == "phone"; });
    for (const std::string type : {"contact.created", "contact.updated", "contact.deleted"}) {
        INFO(type);
        CHECK(undeclared(event_schema(kind, type), golden(type)) ==
              std::vector<std::string>(type == "contact.updated" ? 2 : 1, "phone"));
    }
}

TEST_CASE("the golden tenant folds to what it sets") {
    const Record record = folded({"tenant.created", "tenant.updated"});
    CHECK(record.fields.find("slug")->string()->compare("acme-sons") == 0);
    CHECK(*record.fields.find("high_value_threshold") == Json(JsonNumber{"2500.50"}));
    CHECK(record.fields.find("pipeline_stages")->array()->size() == 3);
}

TEST_CASE("the golden user and invitation fold to what they became") {
    const Record user = folded({"user.created", "user.updated", "user.password_changed"});
    CHECK(*user.fields.find("active") == Json(false));
    CHECK(*user.fields.find("email") == Json("ada@example.com"));
    const Record invitation = folded({"invitation.created", "invitation.accepted"});
    CHECK(*invitation.fields.find("status") == Json("accepted"));
    CHECK(folded({"invitation.created", "invitation.deleted"}).deleted);
}

TEST_CASE("the golden contact folds to what it was") {
    Record record = folded({"contact.created", "contact.updated", "contact.status_changed"});
    CHECK(Json(record.fields) ==
          parse_json(R"({"name":"Ada Byron","email":"ada@example.com","phone":"+44 20 7946 0958",
              "job_position":"Countess","organization_id":"0190a7c0-0000-7000-8000-0000000000ac",
              "tags":["vip","london"],"status":"qualified",
              "owner_id":"0190a7c0-0000-7000-8000-0000000000ad",
              "metadata":{"tier":"gold","score":1200.10}})"));
    CHECK(record.version == 3);
    CHECK(record.fields == before_of(golden("contact.deleted")));
    record = folded({"contact.created", "contact.deleted"});
    CHECK(record.deleted);
    record = folded({"contact.created", "contact.deleted", "contact.restored"});
    CHECK_FALSE(record.deleted);
    CHECK(record.fields == golden("contact.restored"));
}

TEST_CASE("the golden organization folds to what it was") {
    const Record record = folded({"organization.created", "organization.updated"});
    CHECK(Json(record.fields) ==
          parse_json(R"({"name":"Acme Ltd","description":null,"industry":"Machines",
              "website":"https://acme.example","metadata":{"size":"small"}})"));
    CHECK(record.fields == before_of(golden("organization.deleted")));
    CHECK(
        folded({"organization.created", "organization.deleted", "organization.restored"}).fields ==
        golden("organization.restored"));
}

TEST_CASE("the golden events of each kind fold to the fields that its deletion shows") {
    const std::vector<std::pair<std::string, std::vector<std::string>>> stories{
        {"lead", {"created", "updated", "status_changed", "converted"}},
        {"deal", {"created", "updated", "stage_changed", "won", "lost"}},
        {"project", {"created", "updated", "status_changed"}},
        {"task", {"created", "updated", "status_changed"}},
        {"activity", {"created", "updated", "status_changed", "completed"}},
        {"message", {"created", "updated"}},
        {"feedback", {"created", "updated"}}};
    for (const auto& [kind, words] : stories) {
        std::vector<std::string> types;
        for (const std::string& word : words) types.push_back(kind + "." + word);
        INFO(kind);
        CHECK(Json(folded(types).fields) == Json(before_of(golden(kind + ".deleted"))));
    }
}

TEST_CASE("the golden merge leads to the other record, and is taken back") {
    Record record = folded({"contact.created", "contact.merged"});
    CHECK(*record.fields.find("name") == Json("Second"));
    record = folded({"contact.created", "contact.merged", "contact.unmerged"});
    CHECK(*record.fields.find("name") == Json("First"));
    record = folded({"contact.created", "contact.merged_into"});
    CHECK(record.deleted);
    CHECK(to_string(record.merged_into.value()) == "0190a7c0-0000-7000-8000-0000000000a1");
    record = folded({"contact.created", "contact.merged_into", "contact.restored"});
    CHECK_FALSE(record.deleted);
    CHECK_FALSE(record.merged_into.has_value());
}

TEST_CASE("reads have names beside references") {
    const std::vector<std::string> names = properties_of(record_schema(contact_kind()));
    const auto after = [&](std::string_view name) {
        const auto at = std::ranges::find(names, name);
        return names.end() - at < 2 ? std::string() : at[1];
    };
    CHECK(names.front() == "id");
    CHECK(after("id") == "version");
    CHECK(after("organization_id") == "organization");
    CHECK(after("owner_id") == "owner");
    CHECK(after("created_at") == "updated_at");
    CHECK(names.back() == "updated_at");
}

TEST_CASE("what is read may be a choice that is none any more, or any where nobody noted them") {
    Kind kind = contact_kind();
    Field& status = *std::ranges::find(kind.fields, "status", &Field::name);
    status.choices = {"new", "active"};
    status.retired = {"on_hold", "new"};
    const auto schema_of = [](const Json& schema) {
        return *schema.find("properties")->find("status");
    };
    CHECK(*schema_of(record_schema(kind)).find("enum") ==
          Json(JsonArray{"new", "active", "on_hold", nullptr}));
    CHECK(*schema_of(write_schema(kind, true)).find("enum") ==
          Json(JsonArray{"new", "active", nullptr, ""}));
    status.had_choices = true;
    CHECK(schema_of(record_schema(kind)).find("enum") == nullptr);
    CHECK(schema_of(record_schema(kind)).text("description").starts_with("new, active, or "));
    CHECK(schema_of(write_schema(kind, true)).find("enum") != nullptr);
}

TEST_CASE("writes are closed; an update may repeat what the server keeps") {
    const Json create = write_schema(contact_kind(), true);
    const Json update = write_schema(contact_kind(), false);
    const auto has = [](const Json& schema, std::string_view name) {
        return schema.find("properties")->find(name) != nullptr;
    };
    CHECK(*create.find("additionalProperties") == Json(false));
    CHECK(*update.find("additionalProperties") == Json(false));
    CHECK(*create.find("required") == Json(JsonArray{"name"}));
    CHECK(update.find("required") == nullptr);
    CHECK_FALSE(has(create, "version"));
    CHECK(has(update, "version"));
    CHECK(has(create, "organization"));
    CHECK(create.find("properties")->find("status")->text("default") == "new");
}

TEST_CASE("only an update may not say null for what is never null; old records and events may") {
    const Kind deal = deal_kind();
    const auto type_of = [](const Json& schema, std::string_view name) {
        return to_text(*schema.find("properties")->find(name)->find("type"));
    };
    const Json or_null = JsonArray{"string", "null"};
    const Json update = write_schema(deal, false);
    for (const auto* const name : {"stage", "currency"}) {
        CHECK(type_of(update, name) == R"("string")");
        for (const Json& schema :
             {write_schema(deal, true), record_schema(deal), event_schema(deal, "deal.created")})
            CHECK(type_of(schema, name) == to_text(or_null));
    }
    CHECK(*update.find("properties")->find("stage")->find("enum") ==
          Json(JsonArray{"new", "qualified", "proposal", "negotiation", "won", "lost"}));
    CHECK(update.find("required") == nullptr);
}
