#include "handlers/record_turns.hpp"

namespace throughline {

RecordTurns::Turn RecordTurns::take(const Uuid& record) {
    std::unique_lock lock(mutex_);
    given_back_.wait(lock, [&] { return !taken_.contains(record); });
    taken_.insert(record);
    return {static_cast<const void*>(this), [this, record](const void*) { give_back(record); }};
}

void RecordTurns::give_back(const Uuid& record) {
    {
        const std::lock_guard lock(mutex_);
        taken_.erase(record);
    }
    given_back_.notify_all();
}

} // namespace throughline
