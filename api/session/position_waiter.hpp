#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace throughline {

class Checkpoints;
class EventStore;

/// Waits for a read to see what its caller has written (Throughline-Min-Position). Thread-safe.
class PositionWaiter {
  public:
    virtual ~PositionWaiter() = default;
    /// Blocks until the projection has applied `position`, `limit` at most. No projection: the log
    /// itself. Answers with where it stands, which is lower when the time ran out.
    [[nodiscard]] virtual std::int64_t wait(const std::string& projection, std::int64_t position,
                                            std::chrono::milliseconds limit) = 0;
};

/// At most `max_waiting` callers wait at a time; one more is answered at once. So positions that
/// nobody has written cannot take all workers.
class CheckpointWaiter : public PositionWaiter {
  public:
    CheckpointWaiter(Checkpoints& checkpoints, EventStore& store, std::size_t max_waiting = 32)
        : checkpoints_(checkpoints), store_(store), max_waiting_(max_waiting) {}
    [[nodiscard]] std::int64_t wait(const std::string& projection, std::int64_t position,
                                    std::chrono::milliseconds limit) override;
    [[nodiscard]] bool has_waiting() const { return waiting_ > 0; }

  private:
    Checkpoints& checkpoints_;
    EventStore& store_;
    const std::size_t max_waiting_;
    std::atomic<std::size_t> waiting_ = 0;
};

} // namespace throughline
