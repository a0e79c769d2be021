#pragma once
#include "bus/database.hpp"
#include "bus/event.hpp"

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

    /// The last position that was recorded at this time or before; 0 where there is none. The log's
    /// clock never goes back, so the log up to there is what stood in it then.
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
