#include "handlers/record_turns.hpp"

#include <list>
#include <mutex>
#include <unordered_map>

namespace throughline {

struct RecordTurns::State {
    explicit State(std::size_t most) : most_waiting(most) {}

    const std::size_t most_waiting;
    std::mutex mutex;
    bool is_stopped = false;
    std::unordered_map<Uuid, std::list<Promise<Turn>>> taken; // and who waits for it
};

RecordTurns::RecordTurns(std::size_t most_waiting)
    : state_(std::make_shared<State>(most_waiting)) {}

std::optional<Pending<RecordTurns::Turn>> RecordTurns::ask(const Uuid& record) {
    {
        const std::lock_guard lock(state_->mutex);
        if (state_->is_stopped) return Pending<Turn>(nullptr);
        const auto [place, is_free] = state_->taken.try_emplace(record);
        if (!is_free) {
            auto& waiting = place->second;
            if (waiting.size() >= state_->most_waiting) return std::nullopt;
            return waiting.emplace_back().pending();
        }
    }
    return Pending<Turn>(turn_of(state_, record));
}

void RecordTurns::stop() {
    std::list<Promise<Turn>> waiting;
    {
        const std::lock_guard lock(state_->mutex);
        state_->is_stopped = true;
        for (auto& [record, asked] : state_->taken) waiting.splice(waiting.end(), asked);
    }
    for (Promise<Turn>& promise : waiting) promise.tell(nullptr);
}

bool RecordTurns::is_stopped() const {
    const std::lock_guard lock(state_->mutex);
    return state_->is_stopped;
}

RecordTurns::Turn RecordTurns::turn_of(std::shared_ptr<State> state, const Uuid& record) {
    const void* const place = state.get();
    return {place, [state = std::move(state), record](const void*) { give_back(state, record); }};
}

/// To the next who waits, if any.
void RecordTurns::give_back(const std::shared_ptr<State>& state, const Uuid& record) {
    std::list<Promise<Turn>> next;
    {
        const std::lock_guard lock(state->mutex);
        const auto place = state->taken.find(record);
        auto& waiting = place->second;
        if (waiting.empty()) {
            state->taken.erase(place);
            return;
        }
        next.splice(next.end(), waiting, waiting.begin());
    }
    next.front().tell(turn_of(state, record));
}

} // namespace throughline
