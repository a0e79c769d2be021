#pragma once
#include "domain/id.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <unordered_set>

namespace throughline {

/// Changes of one record take turns in this process, so that only other processes can make a
/// conflict. Thread-safe.
class RecordTurns {
  public:
    RecordTurns() : state_(std::make_shared<State>()) {}
    /// Given back when the last copy goes, on any thread, also after the end of this object.
    using Turn = std::shared_ptr<const void>;
    /// Blocks until no other change of the record is under way.
    [[nodiscard]] Turn take(const Uuid& record);

  private:
    struct State {
        std::mutex mutex;
        std::condition_variable given_back;
        std::unordered_set<Uuid> taken;
    };
    const std::shared_ptr<State> state_;
};

} // namespace throughline
