#pragma once
#include "bus/event_store.hpp"

#include <deque>

namespace throughline {

struct PendingCommand {
    Command command;
    Promise<Outcome> promise;
    std::size_t bytes = 0;
};

/// Commands waiting for a batch. Not thread-safe.
class BatchQueue {
  public:
    void push(PendingCommand pending) { waiting_.push_back(std::move(pending)); }
    [[nodiscard]] std::size_t size() const { return waiting_.size(); }
    [[nodiscard]] bool empty() const { return waiting_.empty(); }

    /// The next batch: each stream and command id stands in it at most once, and a command that
    /// has to wait is not overtaken by a later one on the same streams. Never empty while commands
    /// wait.
    [[nodiscard]] std::vector<PendingCommand> take(std::size_t most_commands,
                                                   std::size_t most_bytes);
    [[nodiscard]] std::vector<PendingCommand> take_all();

  private:
    std::deque<PendingCommand> waiting_;
};

} // namespace throughline
