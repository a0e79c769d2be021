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
    /// Given back when the last copy goes, on any thread.
    using Turn = std::shared_ptr<const void>;
    /// Blocks until no other change of the record is under way.
    [[nodiscard]] Turn take(const Uuid& record);

  private:
    void give_back(const Uuid& record);

    std::mutex mutex_;
    std::condition_variable given_back_;
    std::unordered_set<Uuid> taken_;
};

} // namespace throughline
