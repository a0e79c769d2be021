#include "api/readiness.hpp"

#include "bus/checkpoints.hpp"
#include "bus/dead_letters.hpp"
#include "bus/migrate.hpp"

#include <fmt/format.h>
#include <pqxx/pqxx>

namespace throughline {
namespace {

// Longer than writes are let go first, a lead passes over, or a short outage.
constexpr double long_behind = 30;

Check database_check(Database& system) {
    Check check{"database", Health::ready, std::nullopt, std::nullopt, ""};
    try {
        system.read({}, [&](pqxx::transaction_base& tx) {
            if (!is_migrated(tx)) {
                check.health = Health::unready;
                check.cause = "a migration is missing: run `throughline migrate`";
            }
        });
    } catch (const std::exception&) {
        check.health = Health::unready;
        check.cause = "the database is out of reach";
    }
    return check;
}

/// The next partition is made when the one in use is begun, long before its end.
void check_partitions(Database& system, std::vector<Check>& checks) {
    bool is_last = false;
    system.read({}, [&](pqxx::transaction_base& tx) {
        is_last = tx.exec1("select to_regclass('events_' || lpad((position / 10000000 + 1)::text,"
                           " 6, '0')) is null from log_head")[0]
                      .as<bool>();
    });
    if (is_last)
        checks.push_back({"partitions", Health::degraded, std::nullopt, std::nullopt,
                          "the log has no partition after the one in use"});
}

} // namespace

std::map<std::string, std::string> Readiness::faults() const {
    std::map<std::string, std::string> faults;
    for (auto& [consumer, held] : DeadLetters(system).held()) faults[consumer] = held.fault;
    const auto take = [&](const std::string& name, const std::string& fault) {
        if (!fault.empty()) faults[name] = fault;
    };
    std::vector<const Subscription*> here = others;
    for (const auto& subscription : subscriptions) here.push_back(subscription.get());
    for (const Subscription* const subscription : here) {
        if (subscription == nullptr) continue;
        const SubscriptionStatus status = subscription->status();
        take(status.name, status.fault);
    }
    if (relay != nullptr) take(relay_name, relay->status().fault);
    return faults;
}

std::vector<Check> Readiness::checks() const {
    std::vector<Check> checks = {database_check(system)};
    if (is_draining())
        checks.push_back(
            {"server", Health::unready, std::nullopt, std::nullopt, "it is shutting down"});
    if (checks.front().health == Health::unready) return checks;
    auto faults = this->faults();
    for (const Lag& lag : Checkpoints(system).lags(names)) {
        std::string fault = faults[lag.name];
        if (fault.empty() && lag.seconds > long_behind)
            fault = fmt::format("it is {:.0f} s behind: nobody does it, or not fast enough",
                                lag.seconds);
        checks.push_back({lag.name, fault.empty() ? Health::ready : Health::degraded, lag.position,
                          lag.events, fault});
    }
    check_partitions(system, checks);
    return checks;
}

} // namespace throughline
