#pragma once
#include "bus/database.hpp"
#include "bus/event.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace throughline {

/// A rule and an event that matched it.
struct NewRun {
    Uuid id; // made of the two
    Uuid tenant;
    Uuid rule;
    std::int64_t rule_version = 0;
    Uuid event;
    std::int64_t position = 0;
    std::optional<StreamKey> subject;
    bool is_shadow = false;
    std::string refused;         // why it ends before it begins; empty where it does not
    std::optional<Uuid> held_by; // the import whose end it waits for
};

/// The run of a rule for an event, whether or not it comes to be.
[[nodiscard]] Uuid run_id(const Uuid& event, const Uuid& rule);

/// A run that this process has taken up, until `lease` is over.
struct TakenRun {
    Uuid id;
    Uuid claim;
    Uuid tenant;
    Uuid rule;
    std::int64_t rule_version = 0;
    std::optional<StreamKey> subject;
    bool is_shadow = false;
    std::size_t next_action = 0;
    int attempts = 0; // of that action, this one included
    JsonArray actions;
    StoredEvent event;
};

/// Where a run stands after a step of it.
struct RunStep {
    std::string status = "running"; // or waiting, or how it ended
    std::string reason;
    std::size_t next_action = 0;
    int attempts = 0;
    std::optional<std::chrono::milliseconds> wait; // of a run that waits
    std::optional<Time> until;                     // likewise
};

/// What is due of a tenant.
struct DueTenant {
    Uuid tenant;
    bool is_tripped = false; // its breaker: one run may try whether things work again
};

/// Runs that are to be done, in the table `automation_runs` (role system). Who takes one up has it
/// for the length of the lease, which each step begins anew; then another may, which counts as an
/// attempt of the action that was not saved. Thread-safe; blocks.
class RunQueue {
  public:
    static constexpr std::chrono::seconds lease{13};

    explicit RunQueue(Database& system) : system_(system) {}

    /// Those of a rule and event that there is a run of already are left out.
    static void add(pqxx::transaction_base& transaction, std::span<const NewRun> runs);

    /// The import has ended: what waited for that is due.
    static void release(pqxx::transaction_base& transaction, const Uuid& tenant,
                        const Uuid& import);

    /// The runs of a rule for events before that position go no further: one that waits is
    /// cancelled; one that is at work ends by itself, unless it comes to wait or its process dies.
    static void cancel(pqxx::transaction_base& transaction, const Uuid& tenant, const Uuid& rule,
                       std::int64_t before, const std::string& reason);

    /// Tenants with runs that are due, those left out whose breaker is open for now.
    [[nodiscard]] std::vector<DueTenant> due();
    /// Takes up that many of each tenant, the longest due first.
    [[nodiscard]] std::vector<TakenRun> take(const std::map<Uuid, std::size_t>& shares);
    /// What was taken and not begun is due again, and was no attempt.
    void give_back(std::span<const TakenRun> runs);
    /// False where the run goes no further: it is another's by now and left alone, or it was
    /// cancelled, and what was done of it is kept all the same.
    [[nodiscard]] bool save(const TakenRun& run, const RunStep& step);
    /// The same of many runs with one commit; how many were still ours.
    std::size_t save(std::span<const std::pair<TakenRun, RunStep>> runs);

  private:
    Database& system_;
};

} // namespace throughline
