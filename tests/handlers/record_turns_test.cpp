#include "bus/ids.hpp"
#include "handlers/record_turns.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace throughline;
using Turn = RecordTurns::Turn;

TEST_CASE("turns of a record come one at a time, in the order in which they were asked for") {
    RecordTurns turns;
    const Uuid record = new_id();
    Turn held = turns.ask(record)->get();
    std::vector<int> came;
    std::vector<Pending<Turn>> asked;
    for (int i = 0; i < 3; ++i) {
        asked.push_back(*turns.ask(record));
        asked.back().then([&came, i] { came.push_back(i); });
    }
    CHECK(turns.ask(new_id())->is_known()); // another record is free
    CHECK(came.empty());
    for (int i = 0; i < 3; ++i) {
        held.reset();
        CHECK(came.size() == static_cast<std::size_t>(i + 1));
        CHECK(came.back() == i);
        held = std::exchange(asked[static_cast<std::size_t>(i)], {}).get();
    }
    held.reset();
    CHECK(turns.ask(record)->is_known());
}

TEST_CASE("who no longer waits passes the turn on") {
    RecordTurns turns;
    const Uuid record = new_id();
    Turn held = turns.ask(record)->get();
    (void)turns.ask(record);
    (void)turns.ask(record);
    const auto last = *turns.ask(record);
    CHECK_FALSE(last.is_known());
    held.reset();
    CHECK(last.is_known());
}

TEST_CASE("only so many wait for a turn") {
    RecordTurns turns(2);
    const Uuid record = new_id();
    Turn held = turns.ask(record)->get();
    const auto second = turns.ask(record);
    const auto third = turns.ask(record);
    CHECK_FALSE(turns.ask(record).has_value());
    held.reset(); // the second's turn has come
    CHECK(turns.ask(record).has_value());
}

TEST_CASE("a turn may outlive what gave it") {
    Turn held;
    {
        RecordTurns turns;
        held = turns.ask(new_id())->get();
    }
    held.reset();
}

TEST_CASE("nobody waits for a turn once turns are stopped") {
    RecordTurns turns;
    const Uuid record = new_id();
    Turn held = turns.ask(record)->get();
    int called = 0;
    const auto waiting = *turns.ask(record);
    waiting.then([&called] { ++called; });
    turns.stop();
    CHECK(called == 1);
    CHECK(waiting.get() == nullptr);
    REQUIRE(turns.ask(record)->is_known());
    held.reset();
    CHECK(called == 1);
}
