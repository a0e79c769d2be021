#pragma once
#include "bus/event.hpp"

#include <map>
#include <string>
#include <utility>

namespace throughline {

/// Rules that lead to each other must come to an end. A run's own events say how many runs led to
/// them (`details.depth`).
class LoopGuard {
  public:
    static constexpr int most_depth = 8;
    /// Runs of one rule on one record within a minute.
    static constexpr int most_of_a_record = 100;

    /// Why a run must not be, or an empty text. Times are the events' own.
    [[nodiscard]] std::string refusal(const Uuid& rule, const StoredEvent& event,
                                      const StreamKey* subject);

  private:
    struct Count {
        Time since{};
        int runs = 0;
    };
    std::map<std::pair<Uuid, Uuid>, Count> counts_; // by rule and record
};

/// How many runs led to an event, one after the other.
[[nodiscard]] int automation_depth(const StoredEvent& event);

} // namespace throughline
