#include "api/readiness.hpp"

#include "bus/checkpoints.hpp"
#include "bus/migrate.hpp"

#include <algorithm>

namespace throughline {
namespace {

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

Check progress(const std::string& name, std::int64_t position, std::int64_t head,
               const std::string& fault) {
    return {name, fault.empty() ? Health::ready : Health::degraded, position,
            std::max<std::int64_t>(0, head - position), fault};
}

} // namespace

std::vector<Check> Readiness::checks() const {
    std::vector<Check> checks = {database_check(system)};
    if (is_draining())
        checks.push_back(
            {"server", Health::unready, std::nullopt, std::nullopt, "it is shutting down"});
    if (checks.front().health == Health::unready) return checks;
    const std::int64_t head = store.head_position();
    const auto positions = Checkpoints(system).all();
    const auto position_of = [&](const std::string& name) {
        const auto found = positions.find(name);
        return found == positions.end() ? 0 : found->second;
    };
    for (const auto& subscription : subscriptions) {
        const SubscriptionStatus status = subscription->status();
        checks.push_back(progress(status.name, position_of(status.name), head, status.fault));
    }
    if (relay != nullptr)
        checks.push_back(progress("relay", position_of("relay"), head, relay->status().fault));
    return checks;
}

} // namespace throughline
