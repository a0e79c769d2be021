#pragma once
#include "bus/event_store.hpp"

namespace throughline {

/// Reads matching events page by page, in pages that shrink where events are heavy: a page weighs
/// a few megabytes at most, save where single events do. Used by one thread at a time.
class LogReader {
  public:
    LogReader(EventStore& store, LogFilter filter) : store_(store), filter_(std::move(filter)) {}

    /// At most `most` events after a position.
    [[nodiscard]] LogPage next(std::int64_t after, std::size_t most);
    [[nodiscard]] const LogFilter& filter() const { return filter_; }

  private:
    EventStore& store_;
    LogFilter filter_;
    std::size_t page_ = 64;
};

} // namespace throughline
