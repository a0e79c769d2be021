#pragma once
#include "bus/event.hpp"

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace throughline {

/// Rules that lead to each other must come to an end. A run's own events say how many runs led to
/// them (`details.depth`).
class LoopGuard {
  public:
    static constexpr int most_depth = 8;
    /// Runs of one rule on one record within a minute.
    static constexpr int most_of_a_record = 100;

    using Clock = std::chrono::steady_clock;

    /// Why a run must not be, or an empty text; counts it. A minute is over by the times of the
    /// events, or by ours: theirs stand still after the database's clock stood ahead.
    [[nodiscard]] std::string refusal(const Uuid& rule, const StoredEvent& event,
                                      const StreamKey* subject,
                                      Clock::time_point at = Clock::now());
    /// What was counted since the last call of one of these counts, or does not.
    void keep() { before_.clear(); }
    void take_back();

  private:
    using Key = std::pair<Uuid, Uuid>; // rule and record
    struct Count {
        Time since{};
        Clock::time_point seen{};
        int runs = 0;
    };
    std::map<Key, Count> counts_;
    std::vector<std::pair<Key, Count>> before_; // what was counted anew since, as it was
};

/// How many runs led to an event, one after the other.
[[nodiscard]] int automation_depth(const StoredEvent& event);

} // namespace throughline
