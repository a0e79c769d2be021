#include "handlers/automation/loop_guard.hpp"

#include "bus/ids.hpp"

#include <doctest/doctest.h>

namespace throughline {

TEST_CASE("a rule runs a hundred times on a record within a minute, counted once committed") {
    LoopGuard guard;
    StoredEvent event;
    event.recorded_at = Time(std::chrono::hours(1));
    const StreamKey record{"contact", new_id()};
    const Uuid rule = new_id();
    const auto is_refused = [&] { return !guard.refusal(rule, event, &record).empty(); };
    for (int attempt = 0; attempt < 3 * LoopGuard::most_of_a_record; ++attempt) {
        guard.take_back();
        REQUIRE_FALSE(is_refused());
    }
    guard.keep();
    for (int run = 1; run < LoopGuard::most_of_a_record; ++run) {
        REQUIRE_FALSE(is_refused());
        guard.keep();
    }
    CHECK(is_refused());
    guard.take_back();
    CHECK(is_refused());
    CHECK(guard.refusal(new_id(), event, &record).empty());
    event.recorded_at += std::chrono::minutes(2);
    CHECK_FALSE(is_refused());
}

TEST_CASE("a minute passes for the loop guard though the time of events stands still") {
    LoopGuard guard;
    const StreamKey record{"contact", new_id()};
    StoredEvent event;
    event.recorded_at = now() + std::chrono::hours(2); // the log's time never goes back
    const Uuid rule = new_id();
    const auto begin = LoopGuard::Clock::now();
    const auto refusal_after = [&](std::chrono::seconds passed) {
        return guard.refusal(rule, event, &record, begin + passed);
    };
    for (int run = 0; run < LoopGuard::most_of_a_record; ++run)
        REQUIRE(refusal_after(std::chrono::seconds(0)).empty());
    CHECK_FALSE(refusal_after(std::chrono::seconds(59)).empty());
    CHECK(refusal_after(std::chrono::seconds(61)).empty());
}

} // namespace throughline
