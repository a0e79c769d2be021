#include "domain/record/change.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>

using namespace throughline;

namespace {

const std::string acme = "0190a7c0-0000-7000-8000-0000000000ac";
const std::string bolt = "0190a7c0-0000-7000-8000-0000000000b0";
const std::string ada = "0190a7c0-0000-7000-8000-0000000000ad";
const Time monday = *parse_rfc3339("2026-03-02T09:00:00Z");

JsonObject object(std::string_view text) { return *parse_json(text).object(); }

/// A contact after some writes, and what the next command makes of it.
class Scenario {
  public:
    explicit Scenario(Record record) : record_(std::move(record)) {}

    Scenario& when_updated(std::string_view body) {
        outcome_ = decide_update(kind_, record_, check_update(kind_, parse_json(body))->values);
        return *this;
    }
    Scenario& when_deleted() {
        outcome_ = decide_delete(kind_, record_);
        return *this;
    }
    Scenario& when_restored() {
        outcome_ = decide_restore(kind_, record_);
        return *this;
    }

    void then_nothing() const {
        REQUIRE(outcome_.has_value());
        CHECK(outcome_->empty());
    }
    void then_refused(Refusal refusal) const {
        REQUIRE(outcome_.has_error());
        CHECK(outcome_.error().refusal == refusal);
    }
    /// Types and data, in order; folding them gives `fields` where any are named.
    Record then(const std::vector<std::pair<std::string, std::string>>& expected) const {
        REQUIRE(outcome_.has_value());
        REQUIRE(outcome_->size() == expected.size());
        Record after = record_;
        for (std::size_t i = 0; i < expected.size(); ++i) {
            const RecordEvent& event = (*outcome_)[i];
            CHECK(event.type == expected[i].first);
            CHECK(Json(event.data) == parse_json(expected[i].second));
            evolve(after, event.type, event.data, monday + std::chrono::hours(1));
        }
        CHECK(after.version == record_.version + static_cast<std::int64_t>(expected.size()));
        return after;
    }
    [[nodiscard]] std::vector<StreamKey> links() const { return outcome_->at(0).links; }

  private:
    Kind kind_ = contact_kind();
    Record record_;
    Result<RecordEvents> outcome_ = RecordEvents{};
};

Record folded(const RecordEvents& events) {
    Record record;
    for (const RecordEvent& event : events) evolve(record, event.type, event.data, monday);
    return record;
}

RecordEvents create(std::string_view body) {
    const Kind kind = contact_kind();
    return decide_create(kind, check_create(kind, parse_json(body))->values, uuid_of(ada));
}

Scenario given_contact(std::string_view body) { return Scenario(folded(create(body))); }

Scenario given_deleted(std::string_view body) {
    Record record = folded(create(body));
    const auto events = decide_delete(contact_kind(), record);
    evolve(record, events[0].type, events[0].data, monday);
    return Scenario(std::move(record));
}

Json field(const Record& record, std::string_view name) { return *record.fields.find(name); }

} // namespace

TEST_CASE("a created contact has every declared field and the defaults") {
    const RecordEvents events = create(R"({"name":"Ada"})");
    REQUIRE(events.size() == 1);
    CHECK(events[0].type == "contact.created");
    const JsonObject& data = events[0].data;
    const std::vector<Field> fields = contact_kind().fields;
    CHECK(std::ranges::equal(data, fields, {}, &JsonMember::name, &Field::name));
    CHECK(*data.find("name") == Json("Ada"));
    CHECK(data.find("email")->is_null());
    CHECK(data.find("organization_id")->is_null());
    CHECK(*data.find("tags") == Json(JsonArray{}));
    CHECK(*data.find("status") == Json("new"));
    CHECK(*data.find("owner_id") == Json(ada));
    CHECK(*data.find("metadata") == Json(JsonObject{}));
    CHECK(events[0].links.empty());
}

TEST_CASE("a value that is given, null too, stands before the default") {
    const auto events = create(R"({"name":"Ada","status":"Active","owner_id":null})");
    CHECK(*events[0].data.find("status") == Json("active"));
    CHECK(events[0].data.find("owner_id")->is_null());
    const auto by_system = decide_create(contact_kind(), object(R"({"name":"x"})"), Uuid{});
    CHECK(by_system[0].data.find("owner_id")->is_null());
}

TEST_CASE("creating folds into version 1 with both times") {
    const Record record = folded(create(R"({"name":"Ada"})"));
    CHECK(record.version == 1);
    CHECK_FALSE(record.deleted);
    CHECK(record.created_at == monday);
    CHECK(record.updated_at == monday);
    CHECK(title_of(contact_kind(), record.fields) == "Ada");
    CHECK(title_of(contact_kind(), {}).empty());
}

TEST_CASE("an update tells the changed fields alone") {
    const Record after =
        given_contact(R"({"name":"Ada","email":"a@b.c","tags":["x"]})")
            .when_updated(R"({"name":"Ada","email":"A@b.c","tags":["x","y"],"phone":null})")
            .then({{"contact.updated", R"({"before":{"email":"a@b.c","tags":["x"]},
                                           "after":{"email":"A@b.c","tags":["x","y"]}})"}});
    CHECK(field(after, "email") == Json("A@b.c"));
    CHECK(field(after, "name") == Json("Ada"));
    CHECK(after.created_at == monday);
    CHECK(after.updated_at == monday + std::chrono::hours(1));
}

TEST_CASE("a change of status is an event of its own, after the rest") {
    const Record after =
        given_contact(R"({"name":"Ada"})")
            .when_updated(R"({"status":"Qualified","name":"Ada B"})")
            .then({{"contact.updated", R"({"before":{"name":"Ada"},"after":{"name":"Ada B"}})"},
                   {"contact.status_changed",
                    R"({"before":{"status":"new"},"after":{"status":"qualified"}})"}});
    CHECK(field(after, "status") == Json("qualified"));
    given_contact(R"({"name":"Ada"})")
        .when_updated(R"({"status":"active"})")
        .then({{"contact.status_changed",
                R"({"before":{"status":"new"},"after":{"status":"active"}})"}});
}

TEST_CASE("a change that changes nothing is no event") {
    auto contact = given_contact(R"({"name":"Ada","tags":["x"],"metadata":{"a":1,"b":{"c":2}}})");
    contact.when_updated(R"({"name":" Ada ","status":"New","tags":["x","X"]})").then_nothing();
    contact.when_updated(R"({"metadata":{"b":{"c":2},"a":1}})").then_nothing();
    contact.when_updated(R"({"metadata":{}})").then_nothing();
    contact.when_updated(R"({"metadata":{"gone":null}})").then_nothing();
    contact.when_updated("{}").then_nothing();
}

TEST_CASE("metadata is merged and its event holds the changed keys alone") {
    auto contact = given_contact(
        R"({"name":"Ada","metadata":{"tier":"silver","since":2020,"home":{"city":"Pau","zip":1}}})");
    const Record after =
        contact
            .when_updated(R"({"metadata":{"tier":"gold","since":null,"vip":true,
                                             "home":{"city":"Lyon"}}})")
            .then({{"contact.updated",
                    R"({"before":{"metadata":{"tier":"silver","since":2020,"vip":null,
                                              "home":{"city":"Pau"}}},
                        "after":{"metadata":{"tier":"gold","since":null,"vip":true,
                                             "home":{"city":"Lyon"}}}})"}});
    CHECK(field(after, "metadata") ==
          parse_json(R"({"tier":"gold","vip":true,"home":{"city":"Lyon","zip":1}})"));
}

TEST_CASE("before is a patch back to where a change came from") {
    for (const std::string body :
         {R"({"metadata":{"a":{"x":null,"y":{"z":2}},"b":[1,null],"c":"text"}})",
          R"({"metadata":{"a":"flat","b":{"now":"an object"}}})", R"({"metadata":null})"}) {
        const Kind kind = contact_kind();
        const Record start = folded(
            create(R"({"name":"Ada","metadata":{"a":{"x":1,"y":{}},"b":[1,2],"c":{"d":{}}}})"));
        const auto events =
            decide_update(kind, start, check_update(kind, parse_json(body))->values).value();
        REQUIRE(events.size() == 1);
        Record there_and_back = start;
        evolve(there_and_back, "contact.updated", events[0].data, monday);
        CHECK(there_and_back.fields != start.fields);
        evolve(there_and_back, "contact.updated", {{"after", *events[0].data.find("before")}},
               monday);
        CHECK(there_and_back.fields == start.fields);
    }
}

TEST_CASE("null clears metadata") {
    const Record after =
        given_contact(R"({"name":"Ada","metadata":{"a":1}})")
            .when_updated(R"({"metadata":null})")
            .then({{"contact.updated",
                    R"({"before":{"metadata":{"a":1}},"after":{"metadata":{"a":null}}})"}});
    CHECK(field(after, "metadata") == Json(JsonObject{}));
}

TEST_CASE("merged metadata keeps its size") {
    const std::string half(9 * 1024, 'x');
    auto contact = given_contact(R"({"name":"Ada","metadata":{"a":")" + half + "\"}}");
    contact.when_updated(R"({"metadata":{"b":")" + half + "\"}}").then_refused(Refusal::invalid);
    contact.when_updated(R"({"metadata":{"a":null,"b":")" + half + "\"}}")
        .then({{"contact.updated", R"({"before":{"metadata":{"a":")" + half +
                                       R"(","b":null}},"after":{"metadata":{"a":null,"b":")" +
                                       half + "\"}}}"}});
}

TEST_CASE("links name the records referred to before and after, users excepted") {
    const auto key = [](const std::string& id) { return StreamKey{"organization", uuid_of(id)}; };
    auto contact = given_contact(R"({"name":"Ada","organization_id":")" + acme + "\"}");
    contact.when_updated(R"({"organization_id":")" + bolt + "\"}");
    CHECK(contact.links() == std::vector{key(acme), key(bolt)});
    contact.when_updated(R"({"name":"Ada B","organization_id":")" + acme + "\"}");
    CHECK(contact.links() == std::vector{key(acme)});
    contact.when_updated(R"({"organization_id":null})");
    CHECK(contact.links() == std::vector{key(acme)});
    contact.when_deleted();
    CHECK(contact.links() == std::vector{key(acme)});
}

TEST_CASE("the tenant's own references in metadata lead on as declared ones do") {
    Kind kind = contact_kind();
    kind.custom = {reference("employer", "organization"), reference("buddy", "user"),
                   reference("note", "organization"), text("plain")};
    const auto of = [](const std::string& organization, const std::string& employer) {
        return JsonObject{{"organization_id", organization},
                          {"metadata", JsonObject{{"employer", employer},
                                                  {"buddy", ada},
                                                  {"note", "no id"},
                                                  {"plain", acme},
                                                  {"free", acme}}}};
    };
    const StreamKey merged{"organization", uuid_of(acme)};
    const StreamKey other{"organization", uuid_of(bolt)};
    CHECK(referred_records(kind, of(acme, bolt)) == std::vector{merged, other});
    CHECK(referred_records(kind, of(acme, acme)) == std::vector{merged});
    CHECK(with_survivors(kind, of(acme, acme), {{merged, other.id}}) == of(bolt, bolt));
    CHECK(with_survivors(kind, {{"metadata", nullptr}}, {{merged, other.id}}) ==
          JsonObject{{"metadata", nullptr}});
}

TEST_CASE("deleting keeps the last fields, restoring brings them back") {
    const std::string body = R"({"name":"Ada","tags":["x"],"owner_id":null})";
    const JsonObject last = create(body)[0].data;
    const Record deleted = given_contact(body).when_deleted().then(
        {{"contact.deleted", to_text(JsonObject{{"before", last}})}});
    CHECK(deleted.deleted);
    CHECK(deleted.fields == last);
    CHECK(title_of(contact_kind(), deleted.fields) == "Ada");
    const Record restored =
        Scenario(deleted).when_restored().then({{"contact.restored", to_text(deleted.fields)}});
    CHECK_FALSE(restored.deleted);
    CHECK(restored.fields == deleted.fields);
    CHECK(restored.created_at == monday);
}

TEST_CASE("only what is deleted is restored") {
    given_contact(R"({"name":"Ada"})").when_restored().then_refused(Refusal::conflict);
    const std::string body = R"({"name":"Ada","owner_id":null})";
    given_deleted(body).when_restored().then({{"contact.restored", to_text(create(body)[0].data)}});
}

TEST_CASE("a fact of another shape still counts") {
    Record record = folded(create(R"({"name":"Ada"})"));
    const JsonObject fields = record.fields;
    evolve(record, "contact.seen", object(R"({"by":"x"})"), monday + std::chrono::hours(2));
    CHECK(record.version == 2);
    CHECK(record.fields == fields);
    CHECK(record.updated_at == monday + std::chrono::hours(2));
}

TEST_CASE("the head state of a stream comes back as it was") {
    const Kind kind = contact_kind();
    Record record = folded(create(R"({"name":"Ada","metadata":{"n":1200.10},"tags":["x"]})"));
    record.updated_at += std::chrono::microseconds(7);
    const std::string state = state_text(kind, record);
    CHECK(state.ends_with(R"("created_at":"2026-03-02T09:00:00.000000Z",)"
                          R"("updated_at":"2026-03-02T09:00:00.000007Z"})"));
    CHECK(record_from_state(kind, state, record.version, record.deleted) == record);
    CHECK_THROWS_AS((void)record_from_state(kind, "{}", 1, false), std::runtime_error);
}
