#include "handlers/import/import_runner.hpp"

#include "bus/lease.hpp"
#include "bus/poison.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace throughline {

namespace {

constexpr int max_failed_runs = 10;
constexpr int most_deaths = 5;

} // namespace

bool is_here(const ImportJob& job) {
    std::error_code unknown;
    return std::filesystem::exists(job.file.parent_path(), unknown);
}

void ImportRunner::start() {
    for (std::size_t i = 0; i < threads_count_; ++i) threads_.emplace_back([this] { work(); });
}

void ImportRunner::begin_stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
}

void ImportRunner::stop() {
    begin_stop();
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
            report({}, error);
        }
        std::unique_lock lock(mutex_);
        if (!worked) wake_.wait_for(lock, pause_, [&] { return stopping_ || wakes_ != seen; });
        seen = wakes_;
    }
}

/// Runs the first job that is free. False where there is none.
bool ImportRunner::run_next() {
    auto candidates = jobs_.next_of_each(does_);
    forget({});
    put_in_turn(candidates);
    for (const ImportJob& candidate : candidates) {
        if (!is_due(candidate.id)) continue;
        try {
            if (run(candidate)) return true;
        } catch (const std::exception& error) {
            report(candidate.id, error);
        }
    }
    return false;
}

/// They come in the order of their tenants: the one behind who was served last is first.
void ImportRunner::put_in_turn(std::vector<ImportJob>& jobs) {
    const std::lock_guard lock(mutex_);
    const auto next =
        std::ranges::find_if(jobs, [&](const ImportJob& job) { return job.tenant > served_last_; });
    std::rotate(jobs.begin(), next, jobs.end());
}

std::optional<ImportJob> ImportRunner::take(const ImportJob& candidate) {
    bool is_again = false;
    {
        const std::lock_guard lock(mutex_);
        is_again = at_it_.contains(candidate.id);
    }
    auto job = jobs_.take(candidate.id, is_again);
    if (!job) return job;
    const std::lock_guard lock(mutex_);
    at_it_.insert(candidate.id);
    served_last_ = candidate.tenant;
    return job;
}

/// Where that cannot be said, the next run of this process is one with this one.
void ImportRunner::leave(const Uuid& job) {
    try {
        jobs_.leave(job);
    } catch (const std::exception& fault) {
        spdlog::warn("import {} cannot be left: {}", to_string(job), fault_text(fault));
        return;
    }
    const std::lock_guard lock(mutex_);
    at_it_.erase(job);
}

/// False where the job is not free, or its run ended in an exception that may be the job's fault.
bool ImportRunner::run(const ImportJob& candidate) {
    Lease lease(database_url_, "import/" + to_string(candidate.tenant) + "/" + candidate.kind);
    if (!lease.acquire()) return false;
    auto job = take(candidate);
    if (!job) return false;
    try {
        if (job->deaths > most_deaths)
            importer_.give_up(std::move(*job));
        else
            importer_.run(std::move(*job), [&] { return lease.held() && !is_stopping(); });
        leave(candidate.id);
        forget(candidate.id);
        return true;
    } catch (const std::exception& error) {
        leave(candidate.id);
        if (is_connection_loss(error) || dynamic_cast<const TryLater*>(&error) != nullptr) throw;
        report(candidate.id, error);
    }
    run_failed(candidate.tenant, candidate.id);
    return false;
}

bool ImportRunner::is_due(const Uuid& job) {
    const std::lock_guard lock(mutex_);
    const auto trouble = troubles_.find(job);
    return trouble == troubles_.end() ||
           trouble->second.rests_until <= std::chrono::steady_clock::now();
}

void ImportRunner::report(const Uuid& job, const std::exception& fault) {
    const std::lock_guard lock(mutex_);
    std::string text = fault_text(fault);
    Trouble& trouble = troubles_[job];
    if (trouble.text == text) return;
    if (job.is_nil())
        spdlog::warn("imports cannot be looked for: {}", text);
    else
        spdlog::error("import {} interrupted, to be resumed: {}", to_string(job), text);
    trouble.text = std::move(text);
}

void ImportRunner::forget(const Uuid& job) {
    const std::lock_guard lock(mutex_);
    troubles_.erase(job);
}

void ImportRunner::run_failed(const Uuid& tenant, const Uuid& id) {
    auto job = jobs_.find(tenant, id);
    if (!job || job->is_finished()) return forget(id);
    {
        const std::lock_guard lock(mutex_);
        Trouble& trouble = troubles_[id];
        const bool moved = trouble.processed != job->progress.processed;
        trouble.runs = moved ? 1 : trouble.runs + 1;
        trouble.processed = job->progress.processed;
        trouble.rests_until = std::chrono::steady_clock::now() + pause_;
        if (trouble.runs < max_failed_runs) return;
    }
    importer_.give_up(std::move(*job));
    forget(id);
}

} // namespace throughline
