#include "handlers/bulk/write_window.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>

namespace throughline {

/// The numbers of writes that need not wait.
struct WriteWindow::Ready {
    std::mutex mutex;
    std::condition_variable grew;
    std::deque<std::size_t> numbers;

    void put(std::size_t number) {
        {
            const std::lock_guard lock(mutex);
            numbers.push_back(number);
        }
        grew.notify_one();
    }
    std::size_t take() {
        std::unique_lock lock(mutex);
        grew.wait(lock, [&] { return !numbers.empty(); });
        const std::size_t number = numbers.front();
        numbers.pop_front();
        return number;
    }
};

WriteWindow::WriteWindow(std::size_t most, OnDone on_done)
    : most_(most), on_done_(std::move(on_done)), ready_(std::make_shared<Ready>()) {}

void WriteWindow::await(std::size_t number, const PendingWrite& write) {
    write.on_ready([ready = ready_, number] { ready->put(number); });
}

void WriteWindow::add(std::size_t number, PendingWrite write) {
    settle_down_to(most_ - 1);
    await(number, under_way_.emplace(number, std::move(write)).first->second);
}

void WriteWindow::settle_down_to(std::size_t count) {
    while (under_way_.size() > count) {
        const auto place = under_way_.find(ready_->take());
        auto written = place->second.proceed();
        if (!written) {
            await(place->first, place->second);
            continue;
        }
        const std::size_t number = place->first;
        under_way_.erase(place);
        on_done_(number, std::move(*written));
    }
}

} // namespace throughline
