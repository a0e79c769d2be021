#pragma once
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace throughline {

/// Threads for what blocks. The thread that became idle last is woken first, so that a few warm
/// threads carry a light load.
class WorkerPool {
  public:
    explicit WorkerPool(std::size_t threads);
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    /// Thread-safe; never blocks. `function` may be move-only and throws nothing. After `stop` it
    /// is destroyed unrun.
    template <class Function> void post(Function function) {
        push(std::make_unique<Held<Function>>(std::move(function)));
    }
    /// Waits for what runs and destroys what has not begun. Idempotent.
    void stop();

  private:
    struct Task {
        virtual ~Task() = default;
        virtual void run() = 0;
    };
    template <class Function> struct Held final : Task {
        explicit Held(Function held) : function(std::move(held)) {}
        void run() override { function(); }
        Function function;
    };
    struct Idle {
        std::condition_variable wake;
        bool called = false;
    };

    void push(std::unique_ptr<Task> task);
    void wake_one();
    void work();

    std::mutex mutex_;
    std::deque<std::unique_ptr<Task>> tasks_;
    std::vector<Idle*> idle_;
    bool is_waking_ = false; // a thread was called and has not come yet
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

} // namespace throughline
