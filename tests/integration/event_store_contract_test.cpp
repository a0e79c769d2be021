#include "bus/memory_event_store.hpp"
#include "bus/migrate.hpp"
#include "bus/postgres_event_store.hpp"
#include "tests/support/commands.hpp"
#include "tests/support/private_postgres.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace throughline;

namespace {

struct InMemory {
    MemoryEventStore store;
};

const std::string& migrated(const TestDatabase& database) {
    migrate(database.url(), [](std::string_view) {});
    return database.url();
}

struct InPostgres {
    TestDatabase database;
    std::string url = migrated(database);
    Database app{url, Role::app, 2};
    Database system{url, Role::system, 2};
    Appender appender{url};
    PostgresEventStore store{app, system, appender};
};

Outcome append(EventStore& store, Command command) {
    return store.append(std::move(command)).get();
}

Committed committed(EventStore& store, Command command) {
    const Outcome outcome = append(store, std::move(command));
    REQUIRE(std::holds_alternative<Committed>(outcome));
    return std::get<Committed>(outcome);
}

const Uuid tenant = uuid_of("01890000-0000-7000-8000-000000000001");
const Uuid other_tenant = uuid_of("01890000-0000-7000-8000-000000000002");

} // namespace

TEST_CASE_TEMPLATE("an appended event reads back as it was given", T, InMemory, InPostgres) {
    T fixture;
    EventStore& store = fixture.store;
    const StreamKey contact{"contact", new_id()};
    const StreamKey company{"organization", new_id()};
    Command command = command_of(tenant, {write_of(tenant, contact, 0, 2)});
    command.origin.causation_id = new_id();
    command.origin.details = {{"why", "a \"quoted\" \\ reason"}};
    command.writes[0].events[0].data = "{\"name\": \"O'Hara, \\\"Zoë\\\" {x}\", \"n\": 1200.10}";
    command.writes[0].events[0].links = {company};

    const Committed outcome = committed(store, command);
    CHECK(outcome.first_position == 1);
    CHECK(outcome.last_position == 2);
    CHECK_FALSE(outcome.duplicate);
    CHECK(outcome.versions == std::vector<std::pair<StreamKey, std::int64_t>>{{contact, 2}});

    const auto events = store.stream(tenant, contact, 0, 100);
    REQUIRE(events.size() == 2);
    const StoredEvent& first = events[0];
    CHECK(first.position == 1);
    CHECK(first.version == 1);
    CHECK(first.stream == contact);
    CHECK(first.tenant == tenant);
    CHECK(first.id == command.writes[0].events[0].id);
    CHECK(first.type == "contact.created");
    CHECK(first.data == command.writes[0].events[0].data);
    CHECK(first.origin == command.origin);
    CHECK(first.links == std::vector{company});
    CHECK(first.time == command.time);
    CHECK(events[1].version == 2);
    CHECK(events[1].recorded_at >= first.recorded_at);
    CHECK(store.stream(tenant, contact, 1, 100).size() == 1);
    CHECK(store.stream(tenant, contact, 0, 1).size() == 1);
    CHECK(store.stream(other_tenant, contact, 0, 100).empty());
    CHECK(store.event(tenant, first.id)->position == 1);
    CHECK_FALSE(store.event(other_tenant, first.id));
    CHECK(store.head_position() == 2);
}

TEST_CASE_TEMPLATE("an event may have a cause of its own", T, InMemory, InPostgres) {
    T fixture;
    const StreamKey contact{"contact", new_id()};
    Command command = command_of(tenant, {write_of(tenant, contact, 0, 2)});
    command.origin.causation_id = new_id();
    command.writes[0].events[1].causation_id = new_id();
    (void)committed(fixture.store, command);
    const auto events = fixture.store.stream(tenant, contact, 0, 2);
    REQUIRE(events.size() == 2);
    CHECK(events[0].origin.causation_id == command.origin.causation_id);
    CHECK(events[1].origin.causation_id == command.writes[0].events[1].causation_id);
    CHECK(events[1].origin.actor_id == command.origin.actor_id);
}

TEST_CASE_TEMPLATE("a command that writes nothing is known all the same", T, InMemory, InPostgres) {
    T fixture;
    (void)committed(fixture.store, create_contact(tenant));
    Command command = command_of(tenant, {});
    command.request_hash = "hash";
    command.told = {{"count", 2}};
    const Committed first = committed(fixture.store, command);
    CHECK_FALSE(first.duplicate);
    CHECK(first.last_position == 1);
    const Committed again = committed(fixture.store, command);
    CHECK(again.duplicate);
    CHECK(again.request_hash == "hash");
    CHECK(again.last_position == 1);
    CHECK(again.told == command.told);
    CHECK(again.versions.empty());
    CHECK(fixture.store.outcomes(tenant, std::array{command.id}).front()->told == command.told);
    CHECK(fixture.store.head_position() == 1);
}

TEST_CASE_TEMPLATE("a stream elsewhere than expected is a conflict", T, InMemory, InPostgres) {
    T fixture;
    EventStore& store = fixture.store;
    const StreamKey contact{"contact", new_id()};
    committed(store, command_of(tenant, {write_of(tenant, contact, 0, 3)}));
    for (const std::int64_t expected : {0, 2, 4}) {
        const Outcome outcome =
            append(store, command_of(tenant, {write_of(tenant, contact, expected)}));
        REQUIRE(std::holds_alternative<Conflict>(outcome));
        CHECK(std::get<Conflict>(outcome).stream == contact);
        CHECK(std::get<Conflict>(outcome).actual == 3);
    }
    CHECK(store.head_position() == 3);
    committed(store, command_of(tenant, {write_of(tenant, contact, 3)}));
    CHECK(store.head_position() == 4);
}

TEST_CASE_TEMPLATE("the same command takes effect once", T, InMemory, InPostgres) {
    T fixture;
    EventStore& store = fixture.store;
    Command command = create_contact(tenant);
    command.request_hash = "first";
    const Committed first = committed(store, command);

    Command again = create_contact(tenant);
    again.id = command.id;
    again.request_hash = "second";
    again.status = 200;
    const Committed second = committed(store, again);
    CHECK(second.duplicate);
    CHECK(second.request_hash == "first");
    CHECK(second.status == 201);
    CHECK(second.first_position == first.first_position);
    CHECK(second.versions == first.versions);
    CHECK(store.head_position() == 1);

    again.tenant = other_tenant; // another tenant's ids are its own
    again.writes[0].tenant = other_tenant;
    CHECK_FALSE(committed(store, again).duplicate);

    const auto known = store.outcomes(tenant, std::vector{new_id(), command.id});
    REQUIRE(known.size() == 2);
    CHECK_FALSE(known[0]);
    REQUIRE(known[1]);
    CHECK(known[1]->last_position == 1);
    CHECK(known[1]->duplicate);
}

TEST_CASE_TEMPLATE("a command over several streams passes whole or not", T, InMemory, InPostgres) {
    T fixture;
    EventStore& store = fixture.store;
    const StreamKey free{"contact", new_id()};
    const StreamKey taken{"organization", new_id()};
    committed(store, command_of(tenant, {write_of(tenant, taken, 0)}));

    const Outcome outcome =
        append(store, command_of(tenant, {write_of(tenant, free, 0), write_of(tenant, taken, 0)}));
    REQUIRE(std::holds_alternative<Conflict>(outcome));
    CHECK(std::get<Conflict>(outcome).stream == taken);
    CHECK(store.stream(tenant, free, 0, 10).empty());
    CHECK(store.head_position() == 1);

    // A write without events only checks.
    const Committed checked = committed(
        store, command_of(tenant, {write_of(tenant, free, 0), write_of(tenant, taken, 1, 0)}));
    CHECK(checked.first_position == 2);
    CHECK(checked.last_position == 2);
    CHECK(checked.versions[1].second == 1);

    const Committed both = committed(
        store, command_of(tenant, {write_of(tenant, free, 1, 2), write_of(tenant, taken, 1)}));
    CHECK(both.first_position == 3);
    CHECK(both.last_position == 5);
    const auto heads = store.heads(tenant, std::vector{taken, free});
    CHECK(heads[0].version == 2);
    CHECK(heads[1].version == 3);
}

TEST_CASE_TEMPLATE("what no store takes is refused", T, InMemory, InPostgres) {
    T fixture;
    EventStore& store = fixture.store;
    Command large = create_contact(tenant);
    large.writes[0].events[0].data = "{\"a\":\"" + std::string(max_event_bytes, 'x') + "\"}";
    CHECK(std::holds_alternative<Refused>(append(store, large)));
    Command twice = create_contact(tenant);
    twice.writes.push_back(twice.writes[0]);
    CHECK(std::holds_alternative<Refused>(append(store, twice)));
    CHECK(store.head_position() == 0);
}

TEST_CASE_TEMPLATE("heads of a kind come in the order of ids, page by page", T, InMemory,
                   InPostgres) {
    T fixture;
    EventStore& store = fixture.store;
    std::vector<Uuid> ids;
    for (int i = 0; i < 5; ++i) {
        ids.push_back(new_id());
        StreamWrite write = write_of(tenant, {"user", ids.back()}, 0);
        write.archived = i == 1;
        committed(store, command_of(tenant, {write}));
    }
    committed(store, create_contact(tenant));
    committed(store, command_of(other_tenant, {write_of(other_tenant, {"user", new_id()}, 0)}));
    const auto page = [&](const Uuid& after, std::size_t limit) {
        std::vector<Uuid> found;
        for (const StreamHead& head : store.heads_of_kind(tenant, "user", after, limit))
            found.push_back(head.stream.id);
        return found;
    };
    CHECK(page({}, 10) == ids);
    CHECK(page({}, 2) == std::vector{ids[0], ids[1]});
    CHECK(page(ids[1], 2) == std::vector{ids[2], ids[3]});
    CHECK(page(ids[4], 2).empty());
    CHECK(store.heads_of_kind(tenant, "user", ids[0], 1).front().archived);
}

TEST_CASE_TEMPLATE("heads tell where streams stand", T, InMemory, InPostgres) {
    T fixture;
    EventStore& store = fixture.store;
    const StreamKey first{"organization", new_id()};
    const StreamKey second{"organization", new_id()};
    committed(store, command_of(tenant, {write_of(tenant, first, 0, 1, "Café ÉTÉ")}));
    committed(store, command_of(tenant, {write_of(tenant, second, 0, 1, "Other")}));

    const auto heads = store.heads(tenant, std::vector{second, {"contact", first.id}, first});
    REQUIRE(heads.size() == 3);
    CHECK(heads[0].title == "Other");
    CHECK(heads[0].state == R"({"name":"Ada"})");
    CHECK(heads[1].version == 0);
    CHECK(heads[1].stream.kind == "contact");
    CHECK(heads[2].stream == first);
    CHECK(store.heads(other_tenant, std::vector{first})[0].version == 0);

    const auto found = store.heads_by_title(tenant, "organization", "CAFÉ été");
    REQUIRE(found.size() == 1);
    CHECK(found[0].stream == first);
    CHECK(store.heads_by_title(tenant, "contact", "Café ÉTÉ").empty());
    CHECK(store.heads_by_title(other_tenant, "organization", "Café ÉTÉ").empty());
    CHECK(store.heads_by_title(tenant, "organization", "").empty());

    StreamWrite removal = write_of(tenant, first, 1, 1, "Café ÉTÉ");
    removal.archived = true;
    committed(store, command_of(tenant, {removal}));
    CHECK(store.heads_by_title(tenant, "organization", "Café ÉTÉ").empty());
    CHECK(store.heads(tenant, std::vector{first})[0].archived);

    const std::string long_title(300, 'x'); // longer than the key
    committed(store,
              command_of(tenant, {write_of(tenant, {"organization", new_id()}, 0, 1, long_title)}));
    CHECK(store.heads_by_title(tenant, "organization", long_title).size() == 1);
    CHECK(store.heads_by_title(tenant, "organization", long_title + "y").empty());
}

TEST_CASE_TEMPLATE("many titles are looked up at once", T, InMemory, InPostgres) {
    T fixture;
    EventStore& store = fixture.store;
    const std::string kind = "organization";
    const std::string long_title(300, 'x'); // longer than the key
    std::vector<StreamKey> made;
    const auto make = [&](const Uuid& owner, const char* of, const std::string& title) {
        made.push_back({of, new_id()});
        committed(store, command_of(owner, {write_of(owner, made.back(), 0, 1, title)}));
        return made.back();
    };
    const Uuid cafe = make(tenant, "organization", "Café").id;
    const StreamKey deleted = make(tenant, "organization", "Gone");
    const Uuid twice = std::min(make(tenant, "organization", "Twice").id,
                                make(tenant, "organization", "twice").id);
    const Uuid whole = make(tenant, "organization", long_title).id;
    make(tenant, "organization", "");
    make(tenant, "contact", "Ada");
    make(other_tenant, "organization", "Theirs");
    StreamWrite removal = write_of(tenant, deleted, 1, 1, "Gone");
    removal.archived = true;
    committed(store, command_of(tenant, {removal}));

    using Found = std::vector<std::optional<Uuid>>;
    const std::vector<std::string> titles{"TWICE", "CAFÉ",     "Gone",          "", "Ada", "Theirs",
                                          "café",  long_title, long_title + "y"};
    CHECK(store.titled(tenant, kind, titles) ==
          Found{twice, cafe, {}, {}, {}, {}, cafe, whole, {}});
    CHECK(store.titled(tenant, kind, {}).empty());
    CHECK(store.heads_by_title(tenant, kind, "twice").front().stream.id == twice);
}

TEST_CASE_TEMPLATE("the log is read by position and filtered", T, InMemory, InPostgres) {
    T fixture;
    EventStore& store = fixture.store;
    const StreamKey contact{"contact", new_id()};
    committed(store, command_of(tenant, {write_of(tenant, contact, 0, 2)}));
    committed(store, command_of(other_tenant, {write_of(other_tenant, {"contact", new_id()}, 0)}));
    committed(store, command_of(tenant, {write_of(tenant, {"organization", new_id()}, 0)}));

    const auto positions = [](const LogPage& page) {
        std::vector<std::int64_t> all;
        for (const StoredEvent& event : page.events) all.push_back(event.position);
        return all;
    };
    using Positions = std::vector<std::int64_t>;
    const LogPage all = store.log(0, 100, {});
    CHECK(positions(all) == Positions{1, 2, 3, 4});
    CHECK(all.scanned == 4);
    CHECK(all.head == 4);

    const LogPage some = store.log(1, 2, {});
    CHECK(positions(some) == Positions{2, 3});
    CHECK(some.scanned == 3);
    CHECK(some.head == 4);

    CHECK(positions(store.log(0, 100, {tenant, {}, {}, {}})) == Positions{1, 2, 4});
    CHECK(positions(store.log(0, 100, {tenant, {"contact.updated", "x"}, {}, {}})) == Positions{2});
    CHECK(positions(store.log(0, 100, {tenant, {}, "organization", {}})) == Positions{4});
    CHECK(positions(store.log(1, 100, {tenant, {}, {}, contact.id})) == Positions{2});
    const LogPage none = store.log(0, 100, {tenant, {"deal.won"}, {}, {}});
    CHECK(none.events.empty());
    CHECK(none.scanned == 4);
    CHECK(store.log(4, 100, {}).scanned == 4);
}

TEST_CASE_TEMPLATE("a page of the log ends where its data comes to the limit", T, InMemory,
                   InPostgres) {
    T fixture;
    EventStore& store = fixture.store;
    constexpr std::size_t bytes = 100'000;
    Command command = command_of(tenant, {write_of(tenant, {"contact", new_id()}, 0, 70)});
    std::uint32_t noise = 1; // that no compression makes smaller
    for (std::size_t i = 40; i < 70; ++i) {
        std::string text(bytes / 4, 'x');
        if (i % 2 == 0)
            for (char& c : text) c = static_cast<char>('a' + ((noise = noise * 69069 + 1) >> 28U));
        command.writes[0].events[i].data = R"({"text":")" + text + "\"}";
    }
    committed(store, std::move(command));
    for (const LogFilter& filter : {LogFilter{}, LogFilter{tenant, {"contact.updated"}, {}, {}}}) {
        std::vector<std::int64_t> seen;
        for (std::int64_t at = filter.tenant ? 1 : 0; at < 70;) {
            const LogPage page = store.log(at, {1000, bytes}, filter);
            REQUIRE_FALSE(page.events.empty());
            std::size_t before_last = 0;
            for (const StoredEvent& event : page.events) {
                if (&event != &page.events.back()) before_last += event.data.size();
                seen.push_back(event.position);
            }
            CHECK(before_last < bytes);
            CHECK(page.scanned == page.events.back().position);
            at = page.scanned;
        }
        REQUIRE(seen.size() == (filter.tenant ? 69 : 70));
        for (std::size_t i = 0; i < seen.size(); ++i)
            CHECK(seen[i] == seen.front() + static_cast<std::int64_t>(i));
    }
    CHECK(store.log(0, {1000, 1}, {}).events.size() == 1);
}
