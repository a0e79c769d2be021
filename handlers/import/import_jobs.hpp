#pragma once
#include "bus/database.hpp"
#include "handlers/import/import_job.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace throughline {

/// The table of imports. Thread-safe; blocks on the database (role system).
class ImportJobs {
  public:
    explicit ImportJobs(Database& system) : system_(system) {}

    /// Queues the job, unless the user's idempotency key stands for an earlier one: then that one.
    struct Added {
        ImportJob job;
        bool is_new = true;
    };
    [[nodiscard]] Added add(const ImportJob& job);
    [[nodiscard]] std::optional<ImportJob> find(const Uuid& tenant, const Uuid& id);
    /// How many of the tenant's wait or are under way.
    [[nodiscard]] std::int64_t count_unfinished(const Uuid& tenant);
    /// Of these ids those that imports have, and whether they are finished.
    [[nodiscard]] std::map<Uuid, bool> are_finished(const std::vector<Uuid>& ids);
    /// Errors after that number, in the order of the file; they are numbered from 1.
    [[nodiscard]] std::vector<ImportError> errors(const Uuid& tenant, const Uuid& id,
                                                  std::int64_t after, std::size_t limit);

    /// For each tenant and kind the oldest import that is not finished, of those that can be read
    /// and that `accepts` takes. In the order of the tenants.
    [[nodiscard]] std::vector<ImportJob>
    next_of_each(const std::function<bool(const ImportJob&)>& accepts);
    /// Takes a job for a new run: marks it running. Nothing where it is finished by now. `is_again`
    /// where this process has taken it before and could not leave it.
    [[nodiscard]] std::optional<ImportJob> take(const Uuid& id, bool is_again = false);
    /// Its run has ended, and this process has not.
    void leave(const Uuid& id);
    void set_total(const ImportJob& job, std::int64_t total_rows);
    /// Stores a checkpoint with the errors found since the last one, in one transaction. False when
    /// another run has taken the job: what this run does no longer counts.
    [[nodiscard]] bool save(const ImportJob& job, const std::vector<ImportError>& new_errors);

  private:
    Database& system_;
    std::mutex mutex_;
    std::set<std::string> unreadable_; // ids, logged once
};

} // namespace throughline
