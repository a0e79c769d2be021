#include "handlers/import/import_runner.hpp"

#include "bus/lease.hpp"

#include <spdlog/spdlog.h>

namespace throughline {

using namespace std::chrono_literals;

void ImportRunner::start() {
    for (std::size_t i = 0; i < threads_count_; ++i) threads_.emplace_back([this] { work(); });
}

void ImportRunner::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
}

void ImportRunner::wake() {
    {
        const std::lock_guard lock(mutex_);
        ++wakes_;
    }
    wake_.notify_all();
}

bool ImportRunner::is_stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

void ImportRunner::work() {
    std::size_t seen = 0;
    while (!is_stopping()) {
        bool worked = false;
        try {
            worked = run_next();
        } catch (const std::exception& error) {
            spdlog::error("import interrupted, to be resumed: {}", error.what());
        }
        std::unique_lock lock(mutex_);
        if (!worked) wake_.wait_for(lock, 1s, [&] { return stopping_ || wakes_ != seen; });
        seen = wakes_;
    }
}

/// Runs the first job that is free. False where there is none.
bool ImportRunner::run_next() {
    for (const ImportJob& candidate : jobs_.next_of_each()) {
        Lease lease(database_url_, "import/" + to_string(candidate.tenant) + "/" + candidate.kind);
        if (!lease.acquire()) continue;
        auto job = jobs_.take(candidate.id);
        if (!job) continue;
        importer_.run(std::move(*job), [&] { return lease.held() && !is_stopping(); });
        return true;
    }
    return false;
}

} // namespace throughline
