#pragma once
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace throughline {

template <class T> class Promise;

/// A value to come, which can call back. Copies share it. Thread-safe.
template <class T> class Pending {
  public:
    Pending() = default; // of nothing: only `valid` may be asked
    explicit Pending(T known) : state_(std::make_shared<State>()) {
        state_->tell(std::move(known), nullptr);
    }

    [[nodiscard]] bool valid() const { return state_ != nullptr; }
    [[nodiscard]] bool is_known() const {
        const std::lock_guard lock(state_->mutex);
        return state_->is_known;
    }
    /// Blocks until the value is there.
    void wait() const {
        std::unique_lock lock(state_->mutex);
        state_->told.wait(lock, [&] { return state_->is_known; });
    }
    /// The same, and gives it. Throws what the promise failed with.
    [[nodiscard]] T get() const {
        wait();
        if (state_->fault) std::rethrow_exception(state_->fault);
        return *state_->value;
    }
    /// Calls back once the value is there: now, or from the thread that tells it, so the callback
    /// must not block.
    void then(std::function<void()> callback) const {
        const auto state = state_; // this object may end in the callback
        {
            const std::lock_guard lock(state->mutex);
            if (!state->is_known) return state->callbacks.push_back(std::move(callback));
        }
        callback();
    }

  private:
    friend class Promise<T>;
    struct State {
        std::mutex mutex;
        std::condition_variable told;
        bool is_known = false;
        std::optional<T> value;
        std::exception_ptr fault;
        std::vector<std::function<void()>> callbacks;

        void tell(std::optional<T> given, std::exception_ptr why) {
            std::vector<std::function<void()>> waiting;
            {
                const std::lock_guard lock(mutex);
                value = std::move(given);
                fault = std::move(why);
                is_known = true;
                waiting.swap(callbacks);
            }
            told.notify_all();
            for (const auto& callback : waiting) callback();
        }
    };
    std::shared_ptr<State> state_;
};

/// Where the value is told, once.
template <class T> class Promise {
  public:
    Promise() { pending_.state_ = std::make_shared<typename Pending<T>::State>(); }
    [[nodiscard]] const Pending<T>& pending() const { return pending_; }
    void tell(T value) {
        const auto state = pending_.state_;
        state->tell(std::move(value), nullptr);
    }
    /// There will be no value.
    void fail(std::exception_ptr fault) {
        const auto state = pending_.state_;
        state->tell(std::nullopt, std::move(fault));
    }

  private:
    Pending<T> pending_;
};

} // namespace throughline
