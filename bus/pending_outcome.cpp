#include "bus/pending_outcome.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace throughline {

struct PendingOutcome::State {
    std::mutex mutex;
    std::condition_variable told;
    bool is_known = false;
    std::optional<Outcome> outcome; // unset once known: it cannot be learned
    std::string cause;
    std::vector<std::function<void()>> callbacks;

    void tell(std::optional<Outcome> given, std::string why) {
        std::vector<std::function<void()>> waiting;
        {
            const std::lock_guard lock(mutex);
            outcome = std::move(given);
            cause = std::move(why);
            is_known = true;
            waiting.swap(callbacks);
        }
        told.notify_all();
        for (const auto& callback : waiting) callback();
    }
};

PendingOutcome::PendingOutcome(Outcome known) : state_(std::make_shared<State>()) {
    state_->outcome = std::move(known);
    state_->is_known = true;
}

void PendingOutcome::wait() const {
    std::unique_lock lock(state_->mutex);
    state_->told.wait(lock, [&] { return state_->is_known; });
}

Outcome PendingOutcome::get() const {
    wait();
    if (!state_->outcome) throw std::runtime_error("the outcome is unknown: " + state_->cause);
    return *state_->outcome;
}

void PendingOutcome::then(std::function<void()> callback) const {
    {
        const std::lock_guard lock(state_->mutex);
        if (!state_->is_known) return state_->callbacks.push_back(std::move(callback));
    }
    callback();
}

OutcomePromise::OutcomePromise() { outcome_.state_ = std::make_shared<PendingOutcome::State>(); }

void OutcomePromise::tell(Outcome outcome) {
    const auto state = outcome_.state_;
    state->tell(std::move(outcome), {});
}

void OutcomePromise::fail(std::string cause) {
    const auto state = outcome_.state_;
    state->tell(std::nullopt, std::move(cause));
}

} // namespace throughline
