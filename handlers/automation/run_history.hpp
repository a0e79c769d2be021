#pragma once
#include "bus/database.hpp"
#include "domain/json.hpp"
#include "domain/result.hpp"
#include "domain/time.hpp"
#include "handlers/automation/last_runs.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace throughline {

/// Which runs are meant; unset: whichever.
struct RunFilter {
    std::optional<Uuid> rule;
    std::vector<std::string> statuses;
    std::optional<Time> from; // when the run was made
    std::optional<Time> to;
};

struct RunPage {
    std::vector<JsonObject> runs; // newest first, as the API answers them
    std::optional<Uuid> next;     // where the next page goes on
};

/// The runs of a tenant's rules, as people and programs see them, and what they may do with them
/// afterwards. Thread-safe; blocks on the database (role system).
class RunHistory : public LastRuns {
  public:
    explicit RunHistory(Database& system) : system_(system) {}

    /// At most so many, and none more once their actions have come to 4 MiB; one at least.
    [[nodiscard]] RunPage page(const Uuid& tenant, const RunFilter& filter,
                               const std::optional<Uuid>& before, std::size_t limit) const;
    /// `most` at most.
    [[nodiscard]] std::int64_t count(const Uuid& tenant, const RunFilter& filter,
                                     std::int64_t most) const;
    [[nodiscard]] std::optional<JsonObject> find(const Uuid& tenant, const Uuid& run) const;
    [[nodiscard]] std::map<Uuid, LastRun> of(const Uuid& tenant,
                                             std::span<const Uuid> rules) const override;

    /// A run that failed or is dead goes on at the action that failed, with all its attempts
    /// before it. 409 where it is neither.
    [[nodiscard]] Result<void> retry(const Uuid& tenant, const Uuid& run) const;
    /// The same for all that are meant: how many there were. Where no rule is named, those of rules
    /// that are disabled or deleted are left alone.
    std::size_t retry_all(const Uuid& tenant, const RunFilter& filter) const;
    /// 409 where it has ended. An action under way comes to its end, and is told of in the run.
    [[nodiscard]] Result<void> cancel(const Uuid& tenant, const Uuid& run) const;

  private:
    [[nodiscard]] Rejection unfit(const Uuid& tenant, const Uuid& run, const char* verb) const;
    Database& system_;
};

/// Statuses of runs that need somebody's eye.
[[nodiscard]] const std::vector<std::string>& stuck_statuses();

} // namespace throughline
