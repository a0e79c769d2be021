#include "bus/postgres_event_store.hpp"
#include "tests/integration/append_world.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <set>
#include <thread>

using namespace throughline;
using namespace throughline::append_world;

TEST_CASE_FIXTURE(Log, "many threads leave no gap, and versions in order") {
    constexpr int threads = 16;
    constexpr int each = 60;
    std::atomic<int> created = 0;
    std::atomic<int> conflicts = 0;
    {
        Appender first(database.url());
        Appender second(database.url()); // another process
        const StreamKey shared{"contact", new_id()};
        std::vector<std::thread> workers;
        for (int worker = 0; worker < threads; ++worker)
            workers.emplace_back([&, worker] {
                Appender& appender = worker % 2 == 0 ? first : second;
                std::int64_t version = 0;
                for (int i = 0; i < each; ++i) {
                    created += is_committed(appender.append(create_contact(tenant)).get());
                    const Outcome outcome =
                        appender.append(command_of(tenant, {write_of(tenant, shared, version)}))
                            .get();
                    if (const auto* conflict = std::get_if<Conflict>(&outcome)) {
                        version = conflict->actual;
                        ++conflicts;
                    } else {
                        created += is_committed(outcome);
                        ++version;
                    }
                }
            });
        for (std::thread& worker : workers) worker.join();
        first.stop();
        second.stop();
        CHECK(first.stats().batch_size.sum + second.stats().batch_size.sum == threads * each * 2);
        CHECK(first.stats().seconds.count == first.stats().batch_size.count);
    }
    CHECK(created + conflicts == threads * each * 2);
    CHECK(created > threads * each);
    check_sound(created);
}

TEST_CASE_FIXTURE(Log, "each command of a batch has its own outcome") {
    const Command known = create_contact(tenant);
    REQUIRE(is_committed(call({known})[0]));
    const StreamKey taken = known.writes[0].stream;

    Command wide = create_contact(tenant);
    wide.writes.push_back(write_of(tenant, taken, 7)); // conflicts, and takes the first write along
    const Command fresh = command_of(tenant, {write_of(tenant, {"contact", new_id()}, 0, 2)});
    const Command last = command_of(tenant, {write_of(tenant, {"deal", new_id()}, 0, 3)});
    const auto outcomes = call({fresh, known, wide, last});
    CHECK(std::get<Committed>(outcomes[0]).first_position == 2);
    CHECK(std::get<Committed>(outcomes[0]).last_position == 3);
    CHECK(std::get<Committed>(outcomes[1]).duplicate);
    CHECK(std::get<Committed>(outcomes[1]).last_position == 1);
    CHECK(std::get<Conflict>(outcomes[2]).stream == taken);
    CHECK(std::get<Conflict>(outcomes[2]).actual == 1);
    CHECK(std::get<Committed>(outcomes[3]).first_position == 4);
    CHECK(std::get<Committed>(outcomes[3]).last_position == 6);
    check_sound(6);

    const Command after = command_of(tenant, {write_of(tenant, taken, 1)});
    CHECK(std::get<Committed>(call({create_contact(tenant), after})[1]).versions[0].second == 2);
    check_sound(8);
}

TEST_CASE_FIXTURE(Log, "a stream twice in one batch writes nothing") {
    const StreamKey stream{"contact", new_id()};
    REQUIRE(is_committed(call({command_of(tenant, {write_of(tenant, stream, 0)})})[0]));
    const std::vector twice{command_of(tenant, {write_of(tenant, stream, 1)}),
                            command_of(tenant, {write_of(tenant, stream, 1)})};
    CHECK_THROWS_AS((void)call(twice), pqxx::integrity_constraint_violation);
    check_sound(1);
}

TEST_CASE_FIXTURE(Log, "a client's command is forgotten after 24 hours, ours are not") {
    Command client = create_contact(tenant);
    client.expires = true;
    const Command ours = create_contact(tenant);
    call({client, ours});
    sql("update commands set recorded_at = recorded_at - interval '25 hours'");
    Command reused = create_contact(tenant);
    reused.id = client.id;
    reused.expires = true;
    const auto outcomes = call({reused, ours});
    CHECK_FALSE(std::get<Committed>(outcomes[0]).duplicate);
    CHECK(std::get<Committed>(outcomes[1]).duplicate);
    CHECK(std::get<Committed>(call({reused})[0]).duplicate);

    sql("update commands set recorded_at = recorded_at - interval '25 hours'");
    Database app(database.url(), Role::app, 1);
    Database system(database.url(), Role::system, 1);
    Appender appender(database.url());
    PostgresEventStore store(app, system, appender);
    CHECK_FALSE(store.outcomes(tenant, std::vector{client.id})[0]);
    CHECK(store.outcomes(tenant, std::vector{ours.id})[0]);
    CHECK(store.sweep_commands(100) == 1);
    CHECK(number("select count(*) from commands") == 1);
}

TEST_CASE_FIXTURE(Log, "bad data is answered to its own command only") {
    Appender appender(database.url());
    std::vector<PendingOutcome> outcomes;
    {
        const HeldHead held(database.url()); // so that all of them gather
        outcomes.push_back(appender.append(create_contact(tenant)));
        REQUIRE(wait_until([&] { return number(waiting_appenders) == 1; }));
        for (int i = 0; i < 20; ++i) {
            Command command = create_contact(tenant);
            if (i == 7) command.writes[0].events[0].data = "{\"broken\"";
            if (i == 13) command.writes[0].title = std::string("a\0b", 3);
            if (i == 14) command.writes[0].state = "\xff\xfe";
            outcomes.push_back(appender.append(command));
        }
    }
    std::set<std::size_t> refused;
    for (std::size_t i = 0; i < outcomes.size(); ++i)
        if (std::holds_alternative<Refused>(outcomes[i].get())) refused.insert(i - 1);
    CHECK(refused == std::set<std::size_t>{7, 13, 14});
    check_sound(18);
}

TEST_CASE_FIXTURE(Log, "commands on one stream keep their order over batches") {
    Appender appender(database.url());
    const StreamKey stream{"contact", new_id()};
    std::vector<PendingOutcome> outcomes;
    for (int version = 0; version < 30; ++version)
        outcomes.push_back(
            appender.append(command_of(tenant, {write_of(tenant, stream, version)})));
    for (auto& outcome : outcomes) CHECK(is_committed(outcome.get()));
    check_sound(30);
}

TEST_CASE_FIXTURE(Log, "a full queue is unavailable at once, and what waits is written") {
    AppenderLimits limits;
    limits.queued_commands = 3;
    Appender appender(database.url(), limits);
    std::vector<PendingOutcome> accepted;
    {
        const HeldHead held(database.url());
        accepted.push_back(appender.append(create_contact(tenant)));
        REQUIRE(wait_until([&] { return number(waiting_appenders) == 1; }));
        for (int i = 0; i < 3; ++i) accepted.push_back(appender.append(create_contact(tenant)));
        CHECK(appender.stats().queued == 3);
        const auto refused = appender.append(create_contact(tenant));
        bool is_known = false;
        refused.then([&] { is_known = true; });
        REQUIRE(is_known);
        CHECK(std::holds_alternative<Unavailable>(refused.get()));
    }
    appender.stop();
    for (auto& outcome : accepted) CHECK(is_committed(outcome.get()));
    CHECK(std::holds_alternative<Unavailable>(appender.append(create_contact(tenant)).get()));
    check_sound(4);
}

TEST_CASE_FIXTURE(Log, "connections killed in mid-flight lose and double nothing") {
    constexpr int threads = 8;
    std::atomic<bool> done = false;
    std::atomic<int> written = 0;
    std::atomic<int> failed = 0;
    Appender appender(database.url());
    std::vector<std::thread> workers;
    for (int worker = 0; worker < threads; ++worker)
        workers.emplace_back([&] {
            while (!done)
                ++(is_committed(appender.append(create_contact(tenant)).get()) ? written : failed);
        });
    for (int kills = 0; kills < 10;) {
        const auto killed = sql("select pg_terminate_backend(pid) from pg_stat_activity where "
                                "datname = current_database() and query like '%append_batch%' "
                                "and state = 'active' and pid <> pg_backend_pid()");
        if (killed.empty()) continue;
        ++kills;
        const int before = written;
        CHECK(wait_until([&] { return written > before + threads; }));
    }
    done = true;
    for (std::thread& worker : workers) worker.join();
    CHECK(failed == 0);
    check_sound(written);
}

TEST_CASE_FIXTURE(Log, "an answer that got lost is learned by running the command again") {
    const Command command = create_contact(tenant);
    const auto first = std::get<Committed>(call({command})[0]);
    const auto again = std::get<Committed>(call({command})[0]);
    CHECK(again.duplicate);
    CHECK(again.first_position == first.first_position);
    CHECK(again.versions == first.versions);
    check_sound(1);
}

TEST_CASE("a log out of reach is unavailable, never a failure") {
    AppenderLimits limits;
    limits.patience = std::chrono::milliseconds(50);
    limits.drain = std::chrono::milliseconds(100);
    Appender appender("host=/nonexistent user=nobody dbname=none", limits);
    CHECK(std::holds_alternative<Unavailable>(appender.append(create_contact(tenant)).get()));
    auto waiting = appender.append(create_contact(tenant));
    appender.stop();
    CHECK(std::holds_alternative<Unavailable>(waiting.get()));
}

TEST_CASE_FIXTURE(Log, "one notification a batch names the head") {
    struct Receiver : pqxx::notification_receiver {
        using pqxx::notification_receiver::notification_receiver;
        void operator()(const std::string& payload, int) override { payloads.push_back(payload); }
        std::vector<std::string> payloads;
    } receiver(*owner, "throughline_log");
    const Command command = create_contact(tenant);
    call({command, create_contact(tenant)});
    call({command}); // known: nothing new to tell
    call({create_contact(tenant)});
    CHECK(wait_until([&] {
        owner->get_notifs();
        return receiver.payloads.size() == 2;
    }));
    CHECK(receiver.payloads == std::vector<std::string>{"2", "3"});
}

TEST_CASE_FIXTURE(Log, "events never change, not even for the owner") {
    call({create_contact(tenant)});
    for (const std::string table : {"events", "events_000000"}) {
        INFO(table);
        CHECK_THROWS_AS(sql("update " + table + " set type = 'x'"), pqxx::restrict_violation);
        CHECK_THROWS_AS(sql("delete from " + table), pqxx::restrict_violation);
        CHECK_THROWS_AS(sql("truncate " + table), pqxx::restrict_violation);
    }
    check_sound(1);
}

TEST_CASE_FIXTURE(Log, "partitions are made ahead and an append crosses their edge") {
    const auto partitions = [&] {
        return number("select count(*) from pg_inherits where inhparent = 'events'::regclass");
    };
    CHECK(partitions() == 3);
    CHECK(number("select ensure_event_partitions(2)") == 30'000'000);
    CHECK(partitions() == 3); // safe to repeat
    sql("update log_head set position = 9999998");
    Appender appender(database.url());
    const auto outcome =
        appender.append(command_of(tenant, {write_of(tenant, {"contact", new_id()}, 0, 4)})).get();
    REQUIRE(is_committed(outcome));
    CHECK(std::get<Committed>(outcome).last_position == 10'000'002);
    CHECK(number("select count(*) from events_000000") == 1);
    CHECK(number("select count(*) from events_000001") == 3);

    // Another process may have moved the head further than this one looked.
    sql("update log_head set position = 59999999");
    REQUIRE(is_committed(appender.append(create_contact(tenant)).get()));
    CHECK(number("select count(*) from events_000006") == 1);
    CHECK(partitions() == 6);
    CHECK(number("select count(*) from pg_index i join pg_inherits p on p.inhrelid = i.indexrelid "
                 "where i.indrelid = 'events_000006'::regclass") == 6);
}

TEST_CASE_FIXTURE(Log, "what the appender tells of a commit is what the log has") {
    std::vector<StoredEvent> told;
    Command command = command_of(tenant, {write_of(tenant, {"contact", new_id()}, 0, 2),
                                          write_of(tenant, {"organization", new_id()}, 0)});
    command.origin.causation_id = new_id();
    command.origin.details.set("import_id", "x");
    command.writes[0].events[1].links = {{"organization", new_id()}};
    {
        Appender::Listener listener;
        listener.committed = [&](std::vector<StoredEvent> events) {
            for (StoredEvent& event : events) told.push_back(std::move(event));
        };
        Appender appender(database.url(), {}, listener);
        REQUIRE(is_committed(appender.append(command).get()));
        REQUIRE(is_committed(appender.append(command).get())); // known: nothing new to tell
        Command stale = create_contact(tenant);
        stale.writes[0].expected = 7;
        CHECK(std::holds_alternative<Conflict>(appender.append(stale).get()));
        REQUIRE(is_committed(appender.append(create_contact(tenant)).get()));
    }
    Appender unused(database.url());
    Database app(database.url(), Role::app, 1);
    Database system(database.url(), Role::system, 1);
    const auto stored = PostgresEventStore(app, system, unused).log(0, 100, {});
    REQUIRE(told.size() == 4);
    REQUIRE(stored.events.size() == 4);
    for (std::size_t i = 0; i < told.size(); ++i) {
        CHECK(to_cloudevent(told[i]) == to_cloudevent(stored.events[i]));
        CHECK(told[i].recorded_at == stored.events[i].recorded_at);
        CHECK(told[i].origin == stored.events[i].origin);
        CHECK(told[i].links == stored.events[i].links);
    }
}
