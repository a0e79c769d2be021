#include "bus/causation.hpp"
#include "bus/stream_events.hpp"
#include "tests/support/private_postgres.hpp"
#include "tests/support/test_log.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

struct IndexedLog {
    TestDatabase database;
    TestLog log{database.url()};
    LogIndex index{log.system};

    /// An event of a new contact, led to by another; its id.
    Uuid happen(const std::optional<Uuid>& cause = {}, const Uuid& tenant = {}) {
        Command command;
        command.id = new_id();
        command.tenant = tenant.is_nil() ? log.tenant : tenant;
        command.time = now();
        command.origin.correlation_id = command.id;
        command.origin.causation_id = cause;
        const Uuid id = new_id();
        command.writes = {{command.tenant,
                           {"contact", new_id()},
                           0,
                           {{id, "contact.created", 1, R"({"name": "Ada"})", {}}},
                           "{}",
                           "Ada",
                           false}};
        REQUIRE(std::holds_alternative<Committed>(log.store.append(std::move(command)).get()));
        return id;
    }
    Causation why(const Uuid& id, const CausationLimits& limits = {}) {
        return causation_of(log.store, index, log.store.event(log.tenant, id).value(), limits);
    }
};

std::vector<Uuid> ids_of(const std::vector<StoredEvent>& events) {
    std::vector<Uuid> ids;
    for (const StoredEvent& event : events) ids.push_back(event.id);
    return ids;
}

using Positions = std::vector<std::int64_t>;

/// A log of which each event is given its times, in milliseconds.
struct TimedLog : IndexedLog {
    const std::string start = "2026-03-08T06:00:00Z";

    void record(int time, int recorded, int count = 1) {
        const auto moment = [&](int after) {
            return "timestamptz '" + start + "' + interval '" + std::to_string(after) + " ms'";
        };
        const std::string size = std::to_string(count);
        log.sql("insert into events (position, tenant_id, kind, stream_id, version, event_id, type,"
                " schema_version, correlation_id, data, meta, ce_time, recorded_at)"
                " select position + n, gen_random_uuid(), 'contact', gen_random_uuid(), 1,"
                " gen_random_uuid(), 'contact.created', 1, gen_random_uuid(), '{}', '{}', " +
                moment(time) + ", " + moment(recorded) +
                " from log_head cross join generate_series(1, " + size + ") as n");
        log.sql("update log_head set position = position + " + size);
    }
    [[nodiscard]] Positions at(const std::vector<int>& milliseconds) {
        std::vector<Time> times;
        for (const int after : milliseconds)
            times.push_back(parse_rfc3339(start).value() + std::chrono::milliseconds(after));
        return index.positions_at(times);
    }
};

} // namespace

TEST_CASE_FIXTURE(IndexedLog, "a time means all that was recorded by then or bears that time") {
    CHECK(index.position_at(now()) == 0);
    const Time before = now();
    for (int i = 0; i < 9; ++i) log.append(new_id(), i % 3 + 1);
    const auto rows = log.sql("select position, (extract(epoch from ce_time) * 1000000)::bigint,"
                              " (extract(epoch from recorded_at) * 1000000)::bigint"
                              " from events order by position");
    CHECK(rows.size() == 18);
    CHECK(index.position_at(before) == 0);
    CHECK(index.position_at(now() + std::chrono::hours(1)) == 18);
    const auto last_by = [&](std::int64_t time) {
        std::int64_t last = 0;
        for (const auto& row : rows) {
            const auto own = row[1].as<std::int64_t>();
            const auto recorded = row[2].as<std::int64_t>();
            if (recorded <= time || (own <= time && recorded <= time + 10'000'000))
                last = row[0].as<std::int64_t>();
        }
        return last;
    };
    std::vector<Time> times;
    std::vector<std::int64_t> expected;
    for (const auto& row : rows)
        for (const int clock : {1, 2})
            for (const std::int64_t beside : {1, 0, -1}) {
                const std::int64_t time = row[clock].as<std::int64_t>() + beside;
                times.emplace_back(std::chrono::microseconds(time));
                expected.push_back(last_by(time));
                CHECK(index.position_at(times.back()) == expected.back());
            }
    CHECK(index.positions_at(times) == expected);
    CHECK(index.positions_at({}).empty());
}

TEST_CASE_FIXTURE(TimedLog,
                  "events that were recorded after their time, out of order, count by it") {
    record(90, 100); // positions 1 to 3, one batch
    record(97, 100);
    record(92, 100);
    record(105, 110); // and 4 to 6
    record(95, 110);
    record(108, 110);
    record(11'900, 12'000);
    CHECK(at({89, 90, 91, 92, 94}) == Positions{0, 1, 1, 3, 3});
    CHECK(at({95, 97, 100, 105, 107}) == Positions{5, 5, 5, 5, 5});
    CHECK(at({108, 110, 11'899, 11'900, 12'000}) == Positions{6, 6, 6, 7, 7});
    CHECK(at({12'000, 97, 97, 0}) == Positions{7, 5, 5, 0});
}

TEST_CASE_FIXTURE(TimedLog, "what was recorded long after its time counts from when it was") {
    record(0, 0);
    record(20'000, 40'000);
    CHECK(at({20'000, 29'999, 30'000, 40'000}) == Positions{1, 1, 2, 2});
    record(50'000, 50'100, 5000);
    CHECK(at({49'999, 50'000, 50'099, 50'100}) == Positions{2, 2 + 4096, 2 + 4096, 5002});
}

TEST_CASE_FIXTURE(IndexedLog, "an event is followed to its root and to all that came of it") {
    const Uuid root = happen();
    const Uuid first = happen(root);
    const Uuid second = happen(root);
    const Uuid third = happen(second);
    (void)happen(root, new_id()); // of another tenant

    const Causation of_root = why(root);
    CHECK(of_root.causes.empty());
    REQUIRE(of_root.effects.size() == 3);
    CHECK(of_root.effects[0].event.id == first);
    CHECK(of_root.effects[1].event.id == second);
    CHECK(of_root.effects[1].depth == 1);
    CHECK(of_root.effects[2].event.id == third);
    CHECK(of_root.effects[2].depth == 2);
    CHECK_FALSE(of_root.truncated);

    const Causation of_third = why(third);
    CHECK(ids_of(of_third.causes) == std::vector{second, root});
    CHECK(of_third.effects.empty());
}

TEST_CASE_FIXTURE(IndexedLog, "long chains and wide fans are cut, and the answer says so") {
    const Uuid root = happen();
    Uuid last = root;
    for (int i = 0; i < 5; ++i) last = happen(last);
    for (int i = 0; i < 3; ++i) (void)happen(root);
    CHECK(why(last, {.causes = 5}).causes.size() == 5);
    CHECK_FALSE(why(last, {.causes = 5}).truncated);
    CHECK(why(last, {.causes = 4}).causes.size() == 4);
    CHECK(why(last, {.causes = 4}).truncated);
    CHECK_FALSE(why(root, {.effects = 8}).truncated);
    CHECK(why(root, {.effects = 7}).effects.size() == 7);
    CHECK(why(root, {.effects = 7}).truncated);
    CHECK(why(root, {.effects = 2}).effects.size() == 2);
    CHECK_FALSE(why(root, {.depth = 5}).truncated);
    CHECK(why(root, {.depth = 1}).effects.size() == 4);
    CHECK(why(root, {.depth = 1}).truncated);
    CHECK(why(root, {.bytes = 20}).truncated);
}

TEST_CASE_FIXTURE(IndexedLog, "effects are found by an index") {
    const auto plan = log.sql("set enable_seqscan = off; explain select position from events"
                              " where meta ->> 'cause' = any ('{a,b}'::text[])");
    std::string text;
    for (const auto& row : plan) text += row[0].c_str();
    CHECK(text.find("Index Scan") != std::string::npos);
    CHECK(text.find("expr_idx") != std::string::npos);
}

TEST_CASE_FIXTURE(IndexedLog, "streams are read one after the other, up to a position") {
    const Uuid longest = new_id();
    const Uuid heavy = new_id();
    const Uuid shortest = new_id();
    log.append(longest, 700);
    log.append(heavy, 3, R"({"text": ")" + std::string(1'500'000, 'x') + R"("})");
    const std::int64_t until = log.append(shortest);
    log.append(longest, 2);
    const std::vector<StreamKey> asked{
        {"contact", shortest}, {"contact", heavy}, {"contact", new_id()}, {"contact", longest}};
    std::vector<std::pair<Uuid, std::int64_t>> seen;
    log.app.write(log.tenant, [&](pqxx::transaction_base& transaction) {
        for (int twice = 0; twice < 2; ++twice) {
            seen.clear();
            each_event(transaction, log.tenant, asked, until, [&](const StoredEvent& event) {
                seen.emplace_back(event.stream.id, event.version);
            });
        }
    });
    std::vector<std::pair<Uuid, std::int64_t>> expected{{shortest, 1}};
    for (std::int64_t version = 1; version <= 3; ++version) expected.emplace_back(heavy, version);
    for (std::int64_t version = 1; version <= 700; ++version)
        expected.emplace_back(longest, version);
    CHECK(seen == expected);
}
