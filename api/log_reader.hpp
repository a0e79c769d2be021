#pragma once
#include "api/page_size.hpp"
#include "bus/event_store.hpp"

namespace throughline {

/// Reads matching events page by page. Asks for fewer where events are heavy: the store weighs all
/// that it is asked for, however little of it makes a page. Used by one thread at a time.
class LogReader {
  public:
    LogReader(EventStore& store, LogFilter filter) : store_(store), filter_(std::move(filter)) {}

    /// The next events after a position, and how far was looked.
    [[nodiscard]] LogPage next(std::int64_t after, LogLimit most);
    [[nodiscard]] const LogFilter& filter() const { return filter_; }

  private:
    EventStore& store_;
    LogFilter filter_;
    PageSize size_{64, 1024};
};

} // namespace throughline
