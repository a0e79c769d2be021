#pragma once
#include "handlers/import/importer.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace throughline {

/// Does queued imports on threads of its own. For each tenant and kind one import runs at a time,
/// the oldest first, among all processes on the database (a lease); one whose process died is
/// taken over. The files must be where every such process finds them.
class ImportRunner {
  public:
    ImportRunner(std::string database_url, ImportJobs& jobs, Importer& importer,
                 std::size_t threads = 2)
        : database_url_(std::move(database_url)), jobs_(jobs), importer_(importer),
          threads_count_(threads) {}
    ~ImportRunner() { stop(); }

    ImportRunner(const ImportRunner&) = delete;
    ImportRunner& operator=(const ImportRunner&) = delete;

    void start();
    /// Leaves running imports at their last checkpoint. Idempotent.
    void stop();
    /// A job was queued: it is looked for at once rather than within a second.
    void wake();

  private:
    void work();
    bool run_next();
    bool is_stopping();

    std::string database_url_;
    ImportJobs& jobs_;
    Importer& importer_;
    std::size_t threads_count_;
    std::vector<std::thread> threads_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::size_t wakes_ = 0; // jobs queued here so far
    bool stopping_ = false;
};

} // namespace throughline
