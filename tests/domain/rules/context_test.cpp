#include "domain/rules/context.hpp"

#include <doctest/doctest.h>

using namespace throughline;
using namespace throughline::rules;

namespace {

const Registry registry = standard_registry();

ContextSource source_of(std::string_view kind, std::string_view record, std::string_view type,
                        std::string_view data) {
    ContextSource source;
    source.kind = registry.find(kind);
    source.record = *parse_json(record).object();
    source.event_id = "e-1";
    source.event_type = type;
    source.time = *parse_rfc3339("2026-03-08T06:00:00Z");
    source.data = *parse_json(data).object();
    source.user = parse_json(R"({"id":"u-1","name":"Olive"})");
    source.tenant = *parse_json(R"({"slug":"acme","name":"Acme"})").object();
    return source;
}

std::string at(const JsonObject& context, std::string_view name) {
    const Json* const value = context.find(name);
    return value == nullptr ? "none" : to_text(*value);
}

} // namespace

TEST_CASE("a context has the record, its changes, who did it and whose it is") {
    const JsonObject context = rule_context(source_of(
        "contact", R"({"id":"c-1","name":" Ada  King Lovelace","email":"a@b.c"})",
        "contact.status_changed", R"({"before":{"status":"new"},"after":{"status":"active"}})"));
    CHECK(context.find("contact")->text("first_name") == "Ada");
    CHECK(context.find("contact")->text("last_name") == "King Lovelace");
    CHECK(at(context, "contact_id") == R"("c-1")");
    CHECK(at(context, "changes") == R"({"status":{"old":"new","new":"active"}})");
    CHECK(at(context, "old_status") == R"("new")");
    CHECK(at(context, "new_status") == R"("active")");
    CHECK(at(context, "user_id") == R"("u-1")");
    CHECK(at(context, "company_name") == R"("Acme")");
    CHECK(at(context, "event") ==
          R"({"id":"e-1","type":"contact.status_changed","time":"2026-03-08T06:00:00.000000Z"})");
}

TEST_CASE("a deal's context has the flat names of the module form") {
    ContextSource source = source_of(
        "deal", R"({"id":"d-1","name":"Big","value":12000.50,"stage":"lost","contact_id":"c-1"})",
        "deal.lost", R"({"before":{"stage":"new"},"after":{"stage":"lost"},"reason":"price"})");
    source.linked = *parse_json(R"({"contact":{"id":"c-1","name":"Ada"}})").object();
    const JsonObject context = rule_context(source);
    CHECK(at(context, "opportunity_id") == R"("d-1")");
    CHECK(at(context, "opportunity_name") == R"("Big")");
    CHECK(at(context, "value") == "12000.50");
    CHECK(at(context, "old_stage") == R"("new")");
    CHECK(at(context, "new_stage") == R"("lost")");
    CHECK(at(context, "reason") == R"("price")");
    CHECK(context.find("opportunity")->text("name") == "Big");
    CHECK(context.find("contact")->text("first_name") == "Ada");
    CHECK(context.find("contact")->text("last_name").empty());
}

TEST_CASE("a trigger without a record has a context without one") {
    ContextSource source;
    source.event_type = "automation.ticked";
    const JsonObject context = rule_context(source);
    CHECK(at(context, "user_id") == "null");
    CHECK(at(context, "changes") == "{}");
    CHECK(!context.contains("contact"));
}
