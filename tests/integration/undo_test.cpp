#include "handlers/undo.hpp"
#include "tests/support/record_log.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <random>

using namespace throughline;

namespace {

/// A tenant's records on a real log, their changes, and what takes those back.
struct UndoWorld : RecordLog {
    LogIndex index{log.system};
    Undo undo{log.store, commands, log.app, index, registry};
    Uuid me = new_id();

    Written create(const Uuid& correlation, JsonObject fields) {
        return finish(commands.create(part_of(correlation, me), contacts, new_id(),
                                      Json(std::move(fields))))
            .value();
    }
    Written change(const Uuid& correlation, const Uuid& id, JsonObject fields) {
        return finish(
                   commands.update(part_of(correlation, me), contacts, id, Json(std::move(fields))))
            .value();
    }
    Written remove(const Uuid& correlation, const Uuid& id) {
        return finish(commands.remove(part_of(correlation, me), contacts, id)).value();
    }
    Written restore(const Uuid& correlation, const Uuid& id) {
        return finish(commands.restore(part_of(correlation, me), contacts, id)).value();
    }

    UndoReport take_back(const Uuid& correlation, bool skips_conflicts = false) {
        return undo.run(context(me), {{{}, correlation}, false, skips_conflicts}).value();
    }
    Result<UndoReport> take_back_at(std::int64_t position, const CommandContext& by) {
        return undo.run(by, {{position, {}}, false, false});
    }

    StreamHead head(const std::string& kind, const Uuid& id) {
        const std::array keys{StreamKey{kind, id}};
        return log.store.heads(log.tenant, keys).front();
    }
    /// The fields of a contact; null where there is none.
    Json contact(const Uuid& id) {
        const StreamHead found = head("contact", id);
        if (found.version == 0 || found.archived) return {};
        return record_from_state(contacts, found.state, found.version, false).fields;
    }
    [[nodiscard]] std::int64_t head_position() { return log.store.head_position(); }
};

} // namespace

TEST_CASE_FIXTURE(UndoWorld, "a command over several records is taken back as a whole, and again") {
    const Uuid change = new_id();
    const Written ada = create(change, {{"name", "Ada"}, {"organization", "Acme"}});
    const Uuid acme = uuid_of(ada.record.fields.find("organization_id")->string()->c_str());
    const Json before = contact(ada.id);

    const UndoReport dry = undo.run(context(me), {{{}, change}, true, false}).value();
    CHECK(dry.correlation_id.is_nil());
    CHECK(dry.applied == 0);
    REQUIRE(dry.changes.size() == 2);
    CHECK(contact(ada.id) == before);

    const UndoReport done = take_back(change);
    CHECK(done.applied == 2);
    CHECK(done.conflicts.empty());
    CHECK(done.changes.front().record == StreamKey{"contact", ada.id});
    CHECK(done.changes.front().before.text("name") == "Ada");
    CHECK(done.changes.front().after.is_null());
    CHECK(head("contact", ada.id).archived);
    CHECK(head("organization", acme).archived);

    const auto events = log.store.stream(log.tenant, {"contact", ada.id}, 0, 9);
    REQUIRE(events.size() == 2);
    CHECK(events[1].type == "contact.deleted");
    CHECK(events[1].origin.causation_id == events[0].id);
    CHECK(events[1].origin.correlation_id == done.correlation_id);
    CHECK(events[1].origin.actor_id == me);
    CHECK(events[1].origin.details.find("undone_correlation_id")->string() != nullptr);
    CHECK(events[1].position <= done.position);

    const UndoReport again = take_back(change); // it is back already
    CHECK(again.applied == 0);
    CHECK(again.changes.empty());
    CHECK(take_back(done.correlation_id).applied == 2);
    CHECK(contact(ada.id) == before);
    CHECK_FALSE(head("organization", acme).archived);
}

TEST_CASE_FIXTURE(UndoWorld, "one position is one event, whatever else its command did") {
    const Written ada = create(new_id(), {{"name", "Ada"}});
    const Written changed = change(new_id(), ada.id, {{"phone", "1"}, {"status", "qualified"}});
    REQUIRE(take_back_at(changed.position, context(me))->applied == 1);
    CHECK(contact(ada.id).text("status") == "new");
    CHECK(contact(ada.id).text("phone") == "1");
    REQUIRE(take_back_at(changed.position - 1, context(me))->applied == 1);
    CHECK(contact(ada.id).find("phone")->is_null());
}

TEST_CASE_FIXTURE(UndoWorld, "a conflict refuses the whole, or is passed over on demand") {
    const Uuid edit = new_id();
    const Written ada = create(new_id(), {{"name", "Ada"}});
    const Written bob = create(new_id(), {{"name", "Bob"}});
    change(edit, ada.id, {{"phone", "1"}, {"job_position", "Analyst"}});
    change(edit, bob.id, {{"phone", "1"}});
    const Written later = change(new_id(), ada.id, {{"phone", "2"}});
    const std::int64_t end = head_position();

    const UndoReport refused = take_back(edit);
    CHECK(refused.is_refused);
    CHECK(refused.applied == 0);
    CHECK(head_position() == end);
    REQUIRE(refused.conflicts.size() == 1);
    CHECK(refused.conflicts[0].record == StreamKey{"contact", ada.id});
    CHECK(refused.conflicts[0].conflict.field == "phone");
    CHECK(refused.conflicts[0].conflict.expected == Json("1"));
    CHECK(refused.conflicts[0].conflict.actual == Json("2"));
    CHECK(refused.conflicts[0].conflict.position == later.position);
    CHECK(refused.changes.size() == 2);

    const UndoReport skipped = take_back(edit, true);
    CHECK_FALSE(skipped.is_refused);
    CHECK(skipped.applied == 2);
    CHECK(skipped.conflicts.size() == 1);
    CHECK(contact(ada.id).text("phone") == "2");
    CHECK(contact(ada.id).find("job_position")->is_null());
    CHECK(contact(bob.id).find("phone")->is_null());
}

TEST_CASE_FIXTURE(UndoWorld,
                  "hundreds of records go back piece by piece under one correlation id") {
    const Uuid import = new_id();
    std::vector<Uuid> ids;
    for (int i = 0; i < 250; ++i)
        ids.push_back(create(import, {{"name", "Contact " + std::to_string(i)}}).id);
    change(import, ids[7], {{"phone", "1"}});
    const UndoReport done = take_back(import);
    CHECK(done.applied == 250);
    CHECK(done.changes.size() == 250);
    CHECK_FALSE(done.truncated);
    CHECK(std::ranges::all_of(ids, [&](const Uuid& id) { return contact(id).is_null(); }));
    CHECK(index.correlated(log.tenant, done.correlation_id)->streams == 250);
    const UndoReport back = take_back(done.correlation_id);
    CHECK(back.applied == 250);
    CHECK(contact(ids[7]).text("phone") == "1");
    CHECK(std::ranges::none_of(ids, [&](const Uuid& id) { return contact(id).is_null(); }));
}

TEST_CASE_FIXTURE(UndoWorld,
                  "an idempotency key replays the answer, also of what was interrupted") {
    const Uuid edit = new_id();
    const Written ada = create(new_id(), {{"name", "Ada"}});
    const Written bob = create(new_id(), {{"name", "Bob"}});
    change(edit, ada.id, {{"phone", "1"}});
    change(edit, bob.id, {{"phone", "1"}});
    change(new_id(), bob.id, {{"phone", "2"}});
    const UndoRequest request{{{}, edit}, false, true};
    CommandContext keyed = context(me);
    keyed.request_hash = "hash";
    const UndoReport first = undo.run(keyed, request).value();
    log.sql("delete from commands where id = '" + to_string(keyed.command_id) +
            "'"); // as if it ended before it was kept
    for (int i = 0; i < 3; ++i) {
        const UndoReport again = undo.run(keyed, request).value();
        CHECK(again.is_replayed == (i > 0));
        CHECK(again.correlation_id == first.correlation_id);
        CHECK(again.applied == 1);
        CHECK(again.position == first.position);
        REQUIRE(again.changes.size() == 1);
        CHECK(again.changes[0].before == first.changes[0].before);
        REQUIRE(again.conflicts.size() == 1);
        CHECK(again.conflicts[0].conflict.actual == Json("2"));
        change(new_id(), ada.id, {{"phone", std::to_string(i)}});
    }
    keyed.request_hash = "other";
    CHECK(undo.run(keyed, request).error().refusal == Refusal::invalid);

    CommandContext nothing = context(me); // where nothing is written, the key counts all the same
    nothing.request_hash = "hash";
    CHECK(undo.run(nothing, request).value().applied == 0);
    CHECK(undo.run(nothing, request).value().is_replayed);
}

TEST_CASE_FIXTURE(UndoWorld, "what was merged since is not referred to again") {
    const Kind& organizations = *registry.find("organization");
    const auto organization = [&](const std::string& name) {
        return finish(commands.create(context(me), organizations, new_id(),
                                      Json(JsonObject{{"name", name}})))
            .value()
            .id;
    };
    const auto merge = [&](const Uuid& into, const Uuid& from) {
        const Json body =
            JsonObject{{"into", to_string(into)}, {"from", JsonArray{to_string(from)}}};
        REQUIRE(finish(merges.merge(context(me), organizations, body)).has_value());
    };
    const Uuid first = organization("First");
    const Uuid second = organization("Second");
    const Uuid last = organization("Last");
    const auto at = [](const Uuid& id) {
        return JsonObject{{"name", "Ada"}, {"organization_id", to_string(id)}};
    };
    const Written ada = create(new_id(), at(first));
    const Written moved = change(new_id(), ada.id, at(organization("Other")));
    merge(second, first);
    merge(last, second);
    const UndoReport done = take_back_at(moved.position, context(me)).value();
    CHECK(done.applied == 1);
    CHECK(done.changes.at(0).after.text("organization_id") == to_string(last));
    CHECK(contact(ada.id).text("organization_id") == to_string(last));
    const auto events = log.store.stream(log.tenant, {"contact", ada.id}, 0, 9);
    CHECK(std::ranges::count(events.back().links, StreamKey{"organization", last}) == 1);
}

TEST_CASE_FIXTURE(UndoWorld, "a tenant's own field refers to what stands for a record, too") {
    const Kind& organizations = *registry.find("organization");
    const auto organization = [&](const std::string& name) {
        return to_string(RecordLog::create(organizations, {{"name", name}}));
    };
    const auto employed_at = [](const std::string& employer) {
        return JsonObject{{"name", "Ada"}, {"metadata", JsonObject{{"employer", employer}}}};
    };
    const auto employer_of = [&](const Written& written) {
        return contact(written.id).find("metadata")->text("employer");
    };
    const std::string old = organization("Old");
    const std::string other = organization("Other");
    const std::string survivor = organization("Survivor");
    const Written bob = create(new_id(), employed_at("nobody")); // the field is not declared yet
    add_reference(contacts, "employer", "organization");
    const Written ada = create(new_id(), employed_at(old));
    const Uuid edit = new_id();
    change(edit, ada.id, employed_at(other));
    change(edit, bob.id, employed_at(other));
    const Json body = JsonObject{{"into", survivor}, {"from", JsonArray{old}}};
    REQUIRE(finish(merges.merge(context(me), organizations, body)).has_value());
    CHECK(take_back(edit).applied == 2);
    const UndoReport again = take_back(edit);
    CHECK(again.applied == 0);
    CHECK(again.conflicts.empty());
    CHECK(employer_of(ada) == survivor);
    CHECK(employer_of(bob) == "nobody");
}

TEST_CASE_FIXTURE(UndoWorld, "members undo what they did to what they may change") {
    const Uuid sales = new_id();
    const auto changed = [&](const Uuid& owner, const Uuid& actor) {
        const Written made = finish(commands.create(context(owner), contacts, new_id(),
                                                    Json(JsonObject{{"name", "Ada"}})))
                                 .value();
        return finish(commands.update(context(actor), contacts, made.id,
                                      Json(JsonObject{{"phone", "1"}})))
            .value()
            .position;
    };
    const auto result = [&](std::int64_t position, const std::string& role, bool hides = false) {
        CommandContext by = context(sales, role);
        by.caller.others_hidden = hides;
        const auto done = take_back_at(position, by);
        return done ? std::string("done") : std::string(grant_of(done.error().denied.value()).name);
    };
    const std::int64_t others_change = changed(sales, me);
    const std::int64_t others_record = changed(me, sales);
    CHECK(result(others_change, "sales") == "changes.undo");
    CHECK(result(others_record, "sales") == "records.change");
    CHECK(result(others_record, "sales", true) == "records.read_hidden");
    CHECK(result(changed(sales, sales), "viewer") == "records.change");
    CHECK(result(changed(sales, sales), "sales") == "done");
    CHECK(result(others_change, "manager") == "done");
    CHECK(result(others_record, "manager") == "done");
}

TEST_CASE_FIXTURE(UndoWorld, "there is no such change, of this tenant or at all") {
    const auto missing = [&](const UndoTarget& target) {
        const auto done = undo.run(context(me), {target, false, false});
        REQUIRE(done.has_error());
        return done.error().refusal == Refusal::not_found;
    };
    const Written ada = create(new_id(), {{"name", "Ada"}});
    CHECK(missing({ada.position + 1, {}}));
    CHECK(missing({{}, new_id()}));
    CommandContext theirs = context(me);
    theirs.tenant = new_id();
    CHECK(undo.run(theirs, {{ada.position, {}}, false, false}).has_error());
}

TEST_CASE_FIXTURE(UndoWorld, "whatever a correlation did, its undo restores, and the undo's undo") {
    std::mt19937 random{26'112'026};
    const auto any = [&](std::size_t below) {
        return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
    };
    std::vector<Uuid> ids;
    const auto act = [&](const Uuid& correlation) {
        if (ids.size() < 3 || any(6) == 0) {
            ids.push_back(create(correlation, {{"name", "new"}, {"tags", JsonArray{"a"}}}).id);
            return;
        }
        const Uuid& id = ids[any(ids.size())];
        const std::string word(1, static_cast<char>('a' + any(3)));
        if (contact(id).is_null())
            restore(correlation, id);
        else if (any(4) == 0)
            remove(correlation, id);
        else
            change(correlation, id,
                   {{"name", word},
                    {"status", any(2) == 0 ? "new" : "customer"},
                    {"metadata", JsonObject{{word, any(2) == 0 ? Json() : Json(word)}}}});
    };
    const auto states = [&] {
        std::vector<Json> all;
        for (const Uuid& id : ids) all.push_back(contact(id));
        return all;
    };
    for (int round = 0; round < 20; ++round) {
        CAPTURE(round);
        for (std::size_t i = any(4); i > 0; --i) act(new_id());
        auto before = states();
        const Uuid correlation = new_id();
        for (std::size_t i = 1 + any(8); i > 0; --i) act(correlation);
        const auto after = states();
        before.resize(after.size()); // what it created was not there
        const UndoReport undone = take_back(correlation);
        REQUIRE_FALSE(undone.is_refused);
        REQUIRE(states() == before);
        const UndoReport redone = take_back(undone.correlation_id);
        REQUIRE(states() == after);
        take_back(redone.correlation_id);
        REQUIRE(states() == before);
    }
}
