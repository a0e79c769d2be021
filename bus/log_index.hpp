#pragma once
#include "bus/database.hpp"
#include "bus/event.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace throughline {

/// Ways into the log beside its positions: by time, by cause, by what belongs together.
/// Thread-safe; blocks on the database (role system).
class LogIndex {
  public:
    explicit LogIndex(Database& system) : system_(system) {}

    /// How long after its own time an event is looked for.
    static constexpr std::chrono::seconds longest_delay{10};

    /// Up to where the log is what had happened by this time; 0 where nothing had. That is the last
    /// position that was recorded by then, or a later one whose event bears a time that is not
    /// after it: events are recorded a little after the time that they bear, and are not quite in
    /// its order. It is looked for among the next 4,096 positions, as far as they were recorded
    /// within `longest_delay`. So each event that bears the time is there, and what others did at
    /// the same moment may be, although it bears a slightly later one. A later time never has a
    /// lower position.
    [[nodiscard]] std::int64_t position_at(Time time);
    /// The same of each of many times, in their order, by one statement.
    [[nodiscard]] std::vector<std::int64_t> positions_at(std::span<const Time> times);

    /// The events that any of these led to directly, ascending; the first `limit` of them.
    [[nodiscard]] std::vector<StoredEvent> effects(const Uuid& tenant, std::span<const Uuid> causes,
                                                   std::size_t limit);

    /// The streams that have events of a correlation id, the one of the latest event first.
    [[nodiscard]] std::vector<StreamKey> correlated_streams(const Uuid& tenant,
                                                            const Uuid& correlation);
    /// The positions of those events; nothing where there are none.
    struct Span {
        std::int64_t first = 0;
        std::int64_t last = 0;
        std::int64_t streams = 0; // how many have one
    };
    [[nodiscard]] std::optional<Span> correlated(const Uuid& tenant, const Uuid& correlation);
    /// Those of some types, ascending; all of them, so of types that are rare in a correlation.
    [[nodiscard]] std::vector<StoredEvent> correlated_events(const Uuid& tenant,
                                                             const Uuid& correlation,
                                                             std::span<const std::string> types);

  private:
    Database& system_;
};

} // namespace throughline
