#include "domain/record/undo.hpp"

#include <doctest/doctest.h>

#include <random>
#include <set>

namespace throughline {
namespace {

const Time monday = *parse_rfc3339("2026-03-02T09:00:00Z");

JsonObject object(std::string_view text) { return *parse_json(text).object(); }

/// A contact's stream; each event belongs to a change, which may be undone.
class Stream {
  public:
    void create(int change, std::string_view values) {
        append(change, decide_create(kind_, object(values), {}));
    }
    void update(int change, std::string_view values) {
        append(change, decide_update(kind_, record_, object(values)).value());
    }
    void remove(int change) { append(change, decide_delete(kind_, record_)); }
    void restore(int change) { append(change, decide_restore(kind_, record_).value()); }
    void append(int change, const RecordEvents& events) {
        for (const RecordEvent& event : events) {
            evolve(record_, event.type, event.data, monday);
            events_.push_back({change, event});
        }
    }

    [[nodiscard]] UndoFold folded(int change) const {
        UndoFold fold(kind_);
        std::int64_t position = 0;
        for (const auto& [by, event] : events_)
            fold.fold(event.type, event.data, monday, ++position, by == change);
        CHECK(fold.record() == record_);
        return fold;
    }
    [[nodiscard]] UndoPlan plan(int change) const { return folded(change).plan(monday); }
    /// Takes a change back by another, as far as nothing is in conflict.
    UndoPlan undo(int change, int by) {
        UndoPlan plan = this->plan(change);
        append(by, plan.events);
        return plan;
    }

    [[nodiscard]] bool is_there() const { return record_.version > 0 && !record_.deleted; }
    [[nodiscard]] const JsonObject& fields() const { return record_.fields; }
    [[nodiscard]] Json field(const std::string& name) const { return *fields().find(name); }
    [[nodiscard]] std::int64_t length() const { return record_.version; }

  private:
    Kind kind_ = contact_kind();
    Record record_;
    std::vector<std::pair<int, RecordEvent>> events_;
};

std::vector<std::string> types_of(const UndoPlan& plan) {
    std::vector<std::string> types;
    for (const RecordEvent& event : plan.events) types.push_back(event.type);
    return types;
}

using Types = std::vector<std::string>;

struct Ada : Stream {
    Ada() { create(1, R"({"name": "Ada", "metadata": {"tier": "gold", "size": 1}})"); }
};

} // namespace

TEST_CASE_FIXTURE(Ada, "fields go back to what they were, a status by an event of its own") {
    update(2, R"({"phone": "1", "status": "qualified", "tags": ["a"]})");
    const UndoPlan plan = undo(2, 3);
    CHECK(types_of(plan) == Types{"contact.updated", "contact.status_changed"});
    CHECK(plan.conflicts.empty());
    CHECK(plan.before == Json(object(R"({"phone": "1", "tags": ["a"], "status": "qualified"})")));
    CHECK(plan.after == Json(object(R"({"phone": null, "tags": [], "status": "new"})")));
    CHECK(field("status") == Json("new"));
    CHECK(undo(2, 4).events.empty()); // it is back already
    CHECK(undo(3, 5).conflicts.empty());
    CHECK(field("phone") == Json("1"));
}

TEST_CASE_FIXTURE(Ada, "of metadata only the keys that were changed go back") {
    update(2, R"({"metadata": {"tier": null, "zone": {"a": 1}, "size": 2}})");
    update(3, R"({"metadata": {"other": true, "size": 3}})");
    const UndoPlan plan = undo(2, 4);
    CHECK(field("metadata") == parse_json(R"({"size": 3, "other": true, "tier": "gold"})"));
    REQUIRE(plan.events.size() == 1);
    CHECK(plan.events.front().data ==
          object(R"({"before": {"metadata": {"tier": null, "zone": {"a": 1}}},
                     "after": {"metadata": {"tier": "gold", "zone": null}}})"));
    REQUIRE(plan.conflicts.size() == 1);
    CHECK(plan.conflicts.front().field == "metadata.size");
    CHECK(plan.conflicts.front().expected == Json(2));
    CHECK(plan.conflicts.front().actual == Json(3));
    CHECK(plan.conflicts.front().position == 3);
}

TEST_CASE_FIXTURE(Ada, "a reference to what was merged since becomes one to what stands for it") {
    const StreamKey acme{"organization", derived_uuid({}, "Acme")};
    const StreamKey other{"organization", derived_uuid({}, "Other")};
    const Uuid survivor = derived_uuid({}, "Survivor");
    const auto refer_to = [&](int change, const Uuid& id) {
        update(change, to_text(JsonObject{{"organization_id", to_string(id)}}));
    };
    refer_to(1, acme.id);
    refer_to(2, other.id);
    const UndoFold fold = folded(2);
    CHECK(fold.references() == std::vector{acme});
    CHECK(fold.plan(monday).after.text("organization_id") == to_string(acme.id));
    const UndoPlan plan = fold.plan(monday, {{acme, survivor}});
    CHECK(plan.before.text("organization_id") == to_string(other.id));
    CHECK(plan.after.text("organization_id") == to_string(survivor));
    CHECK(plan.conflicts.empty());
    CHECK(fold.plan(monday, {{acme, other.id}}).events.empty()); // it is merged into that
    append(3, plan.events);
    const UndoFold again = folded(2);
    CHECK(again.references() == std::vector{acme});
    const UndoPlan nothing = again.plan(monday, {{acme, survivor}}); // it is back already
    CHECK(nothing.events.empty());
    CHECK(nothing.conflicts.empty());
    CHECK(again.plan(monday).conflicts.size() == 1); // somebody else's change
}

TEST_CASE_FIXTURE(Ada, "what was changed since is in conflict, field by field") {
    update(2, R"({"phone": "1", "job_position": "Analyst"})");
    update(3, R"({"phone": "2"})");
    UndoPlan plan = this->plan(2);
    CHECK(types_of(plan) == Types{"contact.updated"});
    CHECK(plan.after == Json(object(R"({"job_position": null})")));
    REQUIRE(plan.conflicts.size() == 1);
    CHECK(plan.conflicts.front().field == "phone");
    CHECK(plan.conflicts.front().position == 3);
    update(3, R"({"phone": "1"})"); // as the change left it
    CHECK(this->plan(2).conflicts.empty());
    update(3, R"({"phone": null})"); // as the undo would leave it
    plan = this->plan(2);
    CHECK(plan.conflicts.empty());
    CHECK(plan.after == Json(object(R"({"job_position": null})")));
}

TEST_CASE_FIXTURE(Ada, "a record that was created goes, unless somebody went on with it") {
    CHECK(types_of(plan(1)) == Types{"contact.deleted"});
    CHECK(plan(1).after.is_null());
    CHECK(plan(1).before.text("name") == "Ada");
    update(2, R"({"phone": "1", "metadata": {"zone": "a"}})");
    const UndoPlan refused = plan(1);
    CHECK(refused.events.empty());
    REQUIRE(refused.conflicts.size() == 2);
    CHECK(refused.conflicts.front().field == "metadata.zone");
    CHECK(refused.conflicts.back().field == "phone");
    CHECK(refused.conflicts.back().expected.is_null());
    CHECK(undo(2, 3).conflicts.empty());
    CHECK(undo(1, 4).conflicts.empty());
    CHECK_FALSE(is_there());
    CHECK(plan(1).events.empty());
    CHECK(types_of(undo(4, 5)) == Types{"contact.restored"});
    CHECK(field("name") == Json("Ada"));
}

TEST_CASE_FIXTURE(Ada, "a record that was deleted comes back as it was before the change") {
    update(2, R"({"name": "Eda"})");
    remove(2);
    const UndoPlan plan = undo(2, 3);
    CHECK(types_of(plan) == Types{"contact.restored", "contact.updated"});
    CHECK(plan.before.is_null());
    CHECK(plan.after.text("name") == "Ada");
    CHECK(types_of(undo(3, 4)) == Types{"contact.updated", "contact.deleted"});
    CHECK(field("name") == Json("Eda"));
    CHECK(undo(4, 5).conflicts.empty());
    CHECK(field("name") == Json("Ada"));
}

TEST_CASE_FIXTURE(Ada, "whether there is a record may be in conflict itself") {
    update(2, R"({"phone": "1"})");
    remove(3);
    UndoPlan plan = this->plan(2);
    CHECK(plan.events.empty());
    REQUIRE(plan.conflicts.size() == 1);
    CHECK(plan.conflicts.front().field == "deleted");
    CHECK(plan.conflicts.front().expected == Json(false));
    CHECK(plan.conflicts.front().actual == Json(true));
    restore(4);
    CHECK(this->plan(3).events.empty()); // it is back already
    CHECK(this->plan(2).conflicts.empty());
    Stream other;
    other.create(1, R"({"name": "Bo"})");
    other.remove(1);
    CHECK(other.plan(1).conflicts.empty());
    other.restore(2);
    CHECK(other.plan(1).conflicts.at(0).field == "deleted");
}

namespace {

/// Random commands by `change`.
void act(Stream& stream, std::mt19937& random, int change, int commands) {
    const auto any = [&](int below) {
        return std::uniform_int_distribution<int>(0, below - 1)(random);
    };
    const auto word = [&] { return std::string(1, static_cast<char>('a' + any(3))); };
    for (int i = 0; i < commands; ++i) {
        if (stream.length() == 0) {
            stream.create(change, R"({"name": "x", "metadata": {"a": "a"}})");
        } else if (!stream.is_there()) {
            stream.restore(change);
        } else if (any(4) == 0) {
            stream.remove(change);
        } else {
            JsonObject values;
            if (any(2) == 0) values.set("name", word());
            if (any(2) == 0) values.set("phone", any(2) == 0 ? Json() : Json(word()));
            if (any(2) == 0) values.set("status", any(2) == 0 ? "new" : "customer");
            if (any(2) == 0) values.set("tags", JsonArray{word()});
            if (any(2) == 0)
                values.set(
                    "metadata",
                    JsonObject{{word(), any(2) == 0 ? Json() : Json(word())},
                               {"deep", JsonObject{{word(), any(2) == 0 ? Json() : Json(1)}}}});
            stream.update(change, to_text(values));
        }
    }
}

} // namespace

TEST_CASE("an undo restores the state, and the undo of the undo restores the change") {
    std::mt19937 random{20'261'126};
    for (int round = 0; round < 2000; ++round) {
        CAPTURE(round);
        Stream stream;
        act(stream, random, 1, round % 7);
        const bool was_there = stream.is_there();
        const JsonObject before = stream.fields();
        act(stream, random, 2, 1 + round % 5);
        const bool is_there = stream.is_there();
        const JsonObject after = stream.fields();

        REQUIRE(stream.undo(2, 3).conflicts.empty());
        REQUIRE(stream.is_there() == was_there);
        if (was_there) REQUIRE(stream.fields() == before);
        REQUIRE(stream.undo(3, 4).conflicts.empty());
        REQUIRE(stream.is_there() == is_there);
        if (is_there) REQUIRE(stream.fields() == after);
        REQUIRE(stream.undo(4, 5).conflicts.empty());
        REQUIRE(stream.is_there() == was_there);
        if (was_there) REQUIRE(stream.fields() == before);
    }
}

TEST_CASE("an undo touches nothing that others changed since") {
    std::mt19937 random{8'032'026};
    for (int round = 0; round < 2000; ++round) {
        CAPTURE(round);
        Stream stream;
        act(stream, random, 1, round % 5);
        act(stream, random, 2, 1 + round % 3);
        const JsonObject left = stream.fields();
        const bool was_there = stream.is_there();
        act(stream, random, 3, 1 + round % 4);
        const JsonObject theirs = stream.fields();
        const bool is_there = stream.is_there();

        const UndoPlan plan = stream.undo(2, 4);
        if (is_there && !stream.is_there()) { // gone: nobody had changed anything
            REQUIRE(left == theirs);
        } else if (!is_there && stream.is_there()) { // back: nobody but the change deleted it
            REQUIRE_FALSE(was_there);
        } else if (is_there) {
            for (const auto& [name, value] : theirs) {
                if (name == "metadata" || value == *left.find(name)) continue;
                REQUIRE(stream.field(name) == value);
            }
            const Json metadata = stream.field("metadata");
            const JsonObject& now = *metadata.object();
            for (const auto& [key, value] : *theirs.find("metadata")->object()) {
                const Json* const before = left.find("metadata")->find(key);
                if (before != nullptr && *before == value) continue;
                REQUIRE(now.contains(key));
                REQUIRE(*now.find(key) == value);
            }
        }
        for (const UndoConflict& conflict : plan.conflicts)
            REQUIRE(conflict.expected != conflict.actual);
    }
}

} // namespace throughline
