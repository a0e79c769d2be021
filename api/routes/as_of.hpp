#pragma once
#include "api/router.hpp"
#include "bus/event_store.hpp"
#include "bus/log_index.hpp"
#include "domain/time.hpp"

#include <optional>
#include <string>

namespace throughline {

/// Which states of the log requests mean that name one by its position or by a time.
class LogMoments {
  public:
    LogMoments(EventStore& store, LogIndex& index) : store_(store), index_(index) {}

    /// `?as_of=`: a position up to the head, or the one of a time. A change has happened at the
    /// time that it is shown with (`updated_at`, an event's `time`).
    [[nodiscard]] Result<std::optional<std::int64_t>> as_of(const Request& request) const;
    /// One end of a range: the same, or a day in the caller's time zone, its beginning or, with
    /// `day_included`, its end.
    [[nodiscard]] Result<std::optional<std::int64_t>>
    end_of_range(const Request& request, const std::string& name, bool day_included) const;

  private:
    [[nodiscard]] Result<std::optional<std::int64_t>> position(const std::string& name,
                                                               std::string_view text) const;
    EventStore& store_;
    LogIndex& index_;
};

/// The rows of the route table for them.
[[nodiscard]] Parameter as_of_parameter();
[[nodiscard]] Parameter range_parameter(std::string name, std::string description);

/// What is left for whoever knows nothing of it.
[[nodiscard]] QueryParameters without_as_of(QueryParameters query);

/// Says which state of the log the answer shows.
[[nodiscard]] Response with_as_of(Response response, std::int64_t position);

} // namespace throughline
