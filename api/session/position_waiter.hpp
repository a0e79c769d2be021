#pragma once
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

class CheckpointWaiter : public PositionWaiter {
  public:
    CheckpointWaiter(Checkpoints& checkpoints, EventStore& store)
        : checkpoints_(checkpoints), store_(store) {}
    [[nodiscard]] std::int64_t wait(const std::string& projection, std::int64_t position,
                                    std::chrono::milliseconds limit) override;

  private:
    Checkpoints& checkpoints_;
    EventStore& store_;
};

} // namespace throughline
