#pragma once
#include "bus/pending.hpp"
#include "domain/id.hpp"

#include <memory>
#include <optional>

namespace throughline {

/// Changes of one record take turns in this process, in the order in which they asked, so that only
/// other processes can make a conflict. Nobody blocks here. Thread-safe.
class RecordTurns {
  public:
    explicit RecordTurns(std::size_t most_waiting = 1000);
    /// Given back when the last copy goes, on any thread, also after the end of this object.
    using Turn = std::shared_ptr<const void>;
    /// Comes once no other change of the record is under way. Nothing where so many wait for the
    /// record already.
    [[nodiscard]] std::optional<Pending<Turn>> ask(const Uuid& record);
    /// Nobody waits from now on: all who do, and who ask later, have a turn that is no turn
    /// (nullptr), and nobody is called back any more. Idempotent.
    void stop();
    [[nodiscard]] bool is_stopped() const;

  private:
    struct State;
    [[nodiscard]] static Turn turn_of(std::shared_ptr<State> state, const Uuid& record);
    static void give_back(const std::shared_ptr<State>& state, const Uuid& record);

    const std::shared_ptr<State> state_;
};

} // namespace throughline
