#include "api/worker_pool.hpp"

namespace throughline {

WorkerPool::WorkerPool(std::size_t threads) {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

WorkerPool::~WorkerPool() { stop(); }

void WorkerPool::push(std::unique_ptr<Task> task) {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    tasks_.push_back(std::move(task));
    wake_one();
}

/// One at a time: the thread that wakes wakes the next, unless those awake have done it all by
/// then.
void WorkerPool::wake_one() {
    if (is_waking_ || idle_.empty()) return;
    is_waking_ = true;
    Idle* const next = idle_.back();
    idle_.pop_back();
    next->called = true;
    next->wake.notify_one();
}

void WorkerPool::work() {
    Idle self;
    std::unique_lock lock(mutex_);
    for (;;) {
        while (tasks_.empty() && !stopping_) {
            self.called = false;
            idle_.push_back(&self);
            self.wake.wait(lock, [&] { return self.called || stopping_; });
            is_waking_ = false;
        }
        if (stopping_) return;
        auto task = std::move(tasks_.front());
        tasks_.pop_front();
        if (!tasks_.empty()) wake_one();
        lock.unlock();
        task->run();
        task.reset();
        lock.lock();
    }
}

void WorkerPool::stop() {
    std::deque<std::unique_ptr<Task>> unrun;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        unrun.swap(tasks_);
        for (Idle* const idle : idle_) idle->wake.notify_one();
        idle_.clear();
    }
    for (std::thread& thread : threads_)
        if (thread.joinable()) thread.join();
}

} // namespace throughline
