#pragma once
#include "handlers/import/importer.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace throughline {

/// Whether this host has the folder in which the job's file lies.
[[nodiscard]] bool is_here(const ImportJob& job);

/// Does queued imports on threads of its own. For each tenant and kind one import runs at a time,
/// the oldest first of those that the process does, among all processes on the database (a lease);
/// one whose process died is taken over. Tenants take turns. A job of which ten runs in a row ended
/// in an exception without a row done has failed, and so has one at which five processes died.
class ImportRunner {
  public:
    /// `pause`: how often is looked for jobs, and the least time between two runs of one that
    /// ended in an exception. `does`: which jobs; the others are left to other processes.
    ImportRunner(std::string database_url, ImportJobs& jobs, Importer& importer,
                 std::size_t threads = 2, std::chrono::milliseconds pause = std::chrono::seconds(1),
                 std::function<bool(const ImportJob&)> does = is_here)
        : database_url_(std::move(database_url)), jobs_(jobs), importer_(importer),
          threads_count_(threads), pause_(pause), does_(std::move(does)) {}
    ~ImportRunner() { stop(); }

    ImportRunner(const ImportRunner&) = delete;
    ImportRunner& operator=(const ImportRunner&) = delete;

    void start();
    /// Tells running imports to leave off at their last checkpoint, and does not wait for that.
    void begin_stop();
    /// Waits, too. Idempotent.
    void stop();
    /// A job was queued: it is looked for at once rather than after a pause.
    void wake();

  private:
    void work();
    bool run_next();
    void put_in_turn(std::vector<ImportJob>& jobs);
    std::optional<ImportJob> take(const ImportJob& candidate);
    void leave(const Uuid& job);
    bool run(const ImportJob& candidate);
    bool is_due(const Uuid& job);
    void report(const Uuid& job, const std::exception& fault);
    void forget(const Uuid& job);
    void run_failed(const Uuid& tenant, const Uuid& job);
    bool is_stopping();

    /// What went wrong with a job lately.
    struct Trouble {
        std::string text;
        int runs = 0; // in a row that ended in an exception
        std::int64_t processed = 0;
        std::chrono::steady_clock::time_point rests_until{};
    };

    std::string database_url_;
    ImportJobs& jobs_;
    Importer& importer_;
    std::size_t threads_count_;
    std::chrono::milliseconds pause_;
    std::function<bool(const ImportJob&)> does_;
    std::vector<std::thread> threads_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::size_t wakes_ = 0; // jobs queued here so far
    bool stopping_ = false;
    Uuid served_last_;                 // tenant
    std::set<Uuid> at_it_;             // jobs that were taken and not left
    std::map<Uuid, Trouble> troubles_; // nil: of the search for jobs
};

} // namespace throughline
