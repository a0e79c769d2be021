#include "bus/ids.hpp"
#include "bus/memory_event_store.hpp"
#include "domain/record/custom_fields.hpp"
#include "handlers/lead_conversion.hpp"
#include "tests/support/ownership.hpp"

#include <doctest/doctest.h>

#include <array>

namespace throughline {
namespace {

/// A tenant whose contacts have a required field of its own.
struct Desk : Ownership {
    const JsonArray required{JsonObject{{"key", "tier"}, {"type", "text"}, {"required", true}}};
    Registry registry{{with_custom_fields(contact_kind(), required), organization_kind(),
                       lead_kind(), deal_kind()}};
    MemoryEventStore store;
    RecordCommands commands{store, registry};
    LeadConversion conversion{store, commands, registry};

    Desk() = default;
    explicit Desk(Registry kinds) : registry(std::move(kinds)) {}
    Written created(const std::string& kind, const std::string& body) {
        return finish(commands.create(context(), *registry.find(kind), new_id(), parse_json(body)))
            .value();
    }
    JsonObject converted(const std::string& lead, const std::string& body) {
        return finish(conversion.convert(context(), created("lead", lead).id, parse_json(body)))
            .value()
            .record.fields;
    }
    /// Of the record of that kind that the lead is linked with.
    JsonObject linked(const JsonObject& lead, const std::string& name) {
        const Kind& kind = *registry.find(name);
        const std::array key{StreamKey{name, uuid_of(*lead.find(name + "_id")->string())}};
        const StreamHead head = store.heads(tenant, key).front();
        return record_from_state(kind, head.state, head.version, false).fields;
    }
    Json organization_of_deal(const JsonObject& lead) {
        return *linked(lead, "deal").find("organization_id");
    }
    Json organization_named(const std::string& name) {
        const auto found = store.heads_by_title(tenant, "organization", name);
        return found.empty() ? Json() : Json(to_string(found.front().stream.id));
    }
};

} // namespace

TEST_CASE_FIXTURE(Desk, "a lead of a linked contact gets that one's organization, else its own") {
    const Written ada =
        created("contact", R"({"name":"Ada","organization":"Acme","metadata":{"tier":"gold"}})");
    const JsonObject first = converted(R"({"name":"Ada L.","company":"Bolt"})",
                                       R"({"contact_id":")" + to_string(ada.id) + "\"}");
    CHECK(*first.find("organization_id") == organization_named("Acme"));
    CHECK(organization_of_deal(first) == organization_named("Acme"));
    CHECK(organization_named("Bolt").is_null());

    const Written bob = created("contact", R"({"name":"Bob","metadata":{"tier":"gold"}})");
    const std::string body = R"({"contact_id":")" + to_string(bob.id) + "\"}";
    const JsonObject second = converted(R"({"name":"Bob B.","company":"Bolt"})", body);
    REQUIRE_FALSE(organization_named("Bolt").is_null());
    CHECK(*second.find("organization_id") == organization_named("Bolt"));
    CHECK(organization_of_deal(second) == organization_named("Bolt"));
    const JsonObject third = converted(R"({"name":"Robert","company":"acme"})", body);
    CHECK(*third.find("organization_id") == organization_named("Acme"));
    CHECK(converted(R"({"name":"B."})", body).find("organization_id")->is_null());
}

TEST_CASE_FIXTURE(Desk, "a contact that is made of a lead needs no more than the lead has") {
    const JsonObject lead = converted(R"({"name":"Cyd"})", R"({"deal":null})");
    CHECK(lead.find("contact_id")->string() != nullptr);
    CHECK(lead.find("deal_id")->is_null());
}

TEST_CASE("a contact has the position and the tags that an import left in the lead's metadata") {
    const auto contact_of = [](const Kind& leads, const std::string& metadata) {
        Desk desk{Registry{{contact_kind(), organization_kind(), leads, deal_kind()}}};
        const std::string lead = R"({"name":"Ada","metadata":)" + metadata + "}";
        const JsonObject made = desk.linked(desk.converted(lead, R"({"deal":null})"), "contact");
        return to_text(
            JsonArray{*made.find("job_position"), *made.find("tags"), *made.find("metadata")});
    };
    CHECK(contact_of(lead_kind(), R"({"job_position":"Analyst","tags":["Math","vip"],"x":1})") ==
          R"(["Analyst",["Math","vip"],{"x":1}])");
    // What is no value of the field, and what a tenant's own field holds, stays where it is.
    const std::string other = R"({"job_position":7,"tags":"Math"})";
    CHECK(contact_of(lead_kind(), other) == "[null,[]," + other + "]");
    const std::string own = R"({"job_position":"Analyst"})";
    const JsonArray fields{JsonObject{{"key", "job_position"}, {"type", "text"}}};
    CHECK(contact_of(with_custom_fields(lead_kind(), fields), own) == "[null,[]," + own + "]");
}

TEST_CASE("a conversion keeps what the lead's own field refers to, and looks at what is free") {
    const auto partner = [](const char* target) {
        return JsonArray{JsonObject{{"key", "partner"}, {"type", "reference"}, {"target", target}}};
    };
    const std::string body = R"({"name":"Ada","metadata":{"partner":")";
    const auto conversion_of = [&](const Kind& leads) {
        Desk desk{Registry{{with_custom_fields(contact_kind(), partner("organization")),
                            organization_kind(), leads, deal_kind()}}};
        const Written acme = desk.created("organization", R"({"name":"Acme"})");
        const Written lead = desk.created("lead", body + to_string(acme.id) + "\"}}");
        const Kind& organizations = *desk.registry.find("organization");
        REQUIRE(finish(desk.commands.remove(desk.context(), organizations, acme.id)).has_value());
        return finish(desk.conversion.convert(desk.context(), lead.id, parse_json("{}")));
    };
    CHECK(conversion_of(with_custom_fields(lead_kind(), partner("organization"))).has_value());
    const auto refused = conversion_of(lead_kind());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().errors ==
          std::vector<FieldError>{{"/metadata/partner", "unknown_reference",
                                   "No organization of this tenant is meant by it."}});
}

} // namespace throughline
