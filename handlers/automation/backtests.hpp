#pragma once
#include "bus/database.hpp"
#include "bus/log_index.hpp"
#include "domain/result.hpp"
#include "handlers/automation/backtest.hpp"
#include "handlers/automation/rule_versions.hpp"

#include <optional>

namespace throughline {

/// What is asked of a backtest.
struct BacktestOrder {
    Uuid tenant;
    Uuid rule;
    std::int64_t version = 0;
    std::optional<std::int64_t> compare_version;
    Time from;
    Time to;
};

/// Backtests as jobs, in the table `automation_backtests`. Thread-safe; blocks.
class Backtests {
  public:
    struct Parts {
        Database& system;
        EventStore& store;
        const Registry& registry;
        RuleVersions& rules;
        LogIndex& index;
        const EventContexts& contexts;
    };
    explicit Backtests(Parts parts) : with_(parts) {}

    /// The id of the job; 409 where the tenant has ten that are not done.
    [[nodiscard]] Result<Uuid> order(const BacktestOrder& order) const;
    /// As the API answers it; nothing where there is no such job.
    [[nodiscard]] std::optional<JsonObject> find(const Uuid& tenant, const Uuid& id) const;
    /// Does a job that nobody is at, the oldest of the tenant that has waited longest since its
    /// last one; false where there is none. One whose process died is begun again after a minute.
    bool run_one(const std::function<bool()>& goes_on) const;
    /// Removes those that have been done for 30 days.
    void sweep() const;

  private:
    struct Job;
    [[nodiscard]] std::optional<Job> take() const;
    /// False where the job is another's by now, or gone: it was given up for dead, or began again
    /// because what it read of was erased.
    [[nodiscard]] bool save(Job& job, const std::string& status, double progress,
                            const BacktestResult& result) const;
    void run(Job& job, const std::function<bool()>& goes_on) const;

    const Parts with_;
};

} // namespace throughline
