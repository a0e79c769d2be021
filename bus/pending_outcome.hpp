#pragma once
#include "bus/outcome.hpp"

#include <functional>
#include <memory>
#include <string>

namespace throughline {

/// The outcome of a command on its way to the log. Copies share it. Thread-safe.
class PendingOutcome {
  public:
    PendingOutcome() = default; // of nothing: only `valid` may be asked
    explicit PendingOutcome(Outcome known);

    [[nodiscard]] bool valid() const { return state_ != nullptr; }
    /// Blocks until the outcome is known.
    void wait() const;
    /// The same, and gives it. Throws std::runtime_error where it cannot be learned.
    [[nodiscard]] Outcome get() const;
    /// Calls back once the outcome is known: now, or from the thread that learns it, so the
    /// callback must not block.
    void then(std::function<void()> callback) const;

  private:
    friend class OutcomePromise;
    struct State;
    std::shared_ptr<State> state_;
};

/// Where the outcome is told, once.
class OutcomePromise {
  public:
    OutcomePromise();
    [[nodiscard]] const PendingOutcome& outcome() const { return outcome_; }
    void tell(Outcome outcome);
    /// The outcome cannot be learned.
    void fail(std::string cause);

  private:
    PendingOutcome outcome_;
};

} // namespace throughline
