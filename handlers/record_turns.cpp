#include "handlers/record_turns.hpp"

namespace throughline {

RecordTurns::Turn RecordTurns::take(const Uuid& record) {
    {
        std::unique_lock lock(state_->mutex);
        state_->given_back.wait(lock, [&] { return !state_->taken.contains(record); });
        state_->taken.insert(record);
    }
    return {static_cast<const void*>(this), [state = state_, record](const void*) {
                {
                    const std::lock_guard lock(state->mutex);
                    state->taken.erase(record);
                }
                state->given_back.notify_all();
            }};
}

} // namespace throughline
