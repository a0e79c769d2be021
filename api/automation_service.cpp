#include "api/automation_service.hpp"

#include "api/routes/automation_runs.hpp"
#include "api/routes/automation_starts.hpp"
#include "api/routes/automations.hpp"
#include "api/routes/openapi_documents.hpp"
#include "api/session/secret.hpp"
#include "bus/ids.hpp"
#include "bus/pg_text.hpp"
#include "handlers/automation/actions/house_actions.hpp"
#include "handlers/automation/actions/outbound.hpp"
#include "handlers/automation/clocks.hpp"

#include <algorithm>
#include <pqxx/pqxx>
#include <set>
#include <spdlog/spdlog.h>

namespace throughline {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t own_connections = 8;

RetryPolicy retry_policy(const Config& config) {
    RetryPolicy policy;
    policy.attempts = config.run_attempts;
    policy.first_backoff = std::chrono::milliseconds(config.run_backoff_ms);
    return policy;
}

void warn_of_missing_keys(Secrets& secrets) {
    for (const std::string& id : secrets.missing_keys())
        spdlog::warn("secrets are sealed with key {}, which SECRET_KEYS lacks: they do not open",
                     id);
}

void write_runs(MetricsText& out, const Uuid& tenant, const std::string& status,
                std::uint64_t count) {
    out.counter("automation_runs_total", "Runs that ended, by how.", static_cast<double>(count),
                {{"tenant_id", to_string(tenant)}, {"status", status}});
}

} // namespace

AutomationService::AutomationService(Parts parts)
    : with_(std::move(parts)), outgoing_(AddressRules(with_.config.http_allow_private)),
      openapi_documents_(with_.store, with_.commands, outgoing_),
      ring_(key_ring(with_.config.secret_keys, with_.config.data_dir)),
      secrets_(with_.system, ring_), past_records_(with_.past),
      contexts_(with_.kinds, with_.registry, past_records_),
      own_(with_.config.database_url, Role::system, own_connections, Planning::by_index),
      queue_(own_), versions_(with_.store), triggers(with_.commands), history(with_.system),
      hooks(secrets_, with_.store, triggers),
      backtests({with_.system, with_.store, with_.registry, versions_, with_.index, contexts_}),
      breakers_(own_, with_.commands), teller_(own_, with_.store, versions_, metrics_),
      due_(with_.lists, with_.store, with_.registry),
      telling_(
          "runs that ended cannot be told of", [this] { return teller_.tell_some() > 0; }, 1s),
      backtesting_(
          "backtests stand still",
          [this] { return backtests.run_one([this] { return !backtesting_.is_stopping(); }); }, 1s),
      clock_(
          "clocks stand still", [this] { return ring_clocks(own_, triggers, now()) > 0; }, 250ms),
      clocks_ahead_(
          "clocks that stand ahead are not set back",
          [this] {
              if (const auto count = set_back_clocks(own_, now()); count > 0)
                  spdlog::warn("{} clocks of rules stood ahead and are set back", count);
              return false;
          },
          1min),
      looking_ahead_(
          "what is due soon is not looked for",
          [this] {
              tell_due_records(own_, with_.store, due_, triggers, not_missed_, now());
              return false;
          },
          15s),
      executor_({queue_, with_.store, versions_, contexts_, breakers_, metrics_,
                 [this] { telling_.wake(); }},
                complete(actions()), retry_policy(with_.config)),
      engine_(with_.registry, contexts_, [this] { executor_.wake(); }) {
    warn_of_missing_keys(secrets_);
    if (with_.config.has_role("automation"))
        subscription_.emplace(with_.config.database_url, with_.source, engine_, StartAt::head);
}

Actions AutomationService::actions() {
    HouseStores& house = with_.house;
    Actions all = house_actions({with_.store, with_.commands, with_.registry, house.notifications,
                                 with_.mailer, house.queues, house.analytics, ai_});
    add_outbound_actions(all,
                         {outgoing_, with_.tenants, openapi_documents_, secrets_, with_.mailer});
    return all;
}

void AutomationService::start() {
    if (with_.config.has_role("automation")) {
        executor_.start();
        telling_.start();
        backtesting_.start();
        subscription_->start();
    }
    if (with_.config.has_role("scheduler")) {
        clock_.start();
        clocks_ahead_.start();
        looking_ahead_.start();
    }
}

Routes AutomationService::rows(const KeyedWrites& writes) {
    const RuleAnswers answers{with_.registry, with_.store, writes.keys, history};
    Routes routes = AutomationRoutes{with_.registry, with_.commands, with_.store,   with_.lists,
                                     writes.keys,    history,        with_.tenants, contexts_}
                        .all_rows();
    for (Routes more :
         {AutomationRunRoutes{with_.store, history, writes, [this] { executor_.wake(); }}.rows(),
          AutomationStartRoutes{answers, writes, triggers, hooks, backtests,
                                [this] { backtesting_.wake(); }, with_.config.hook_base(), secrets_}
              .rows(),
          OpenApiDocumentRoutes{with_.registry, openapi_documents_, with_.tenants, with_.store,
                                writes.keys}
              .rows()})
        std::ranges::move(more, std::back_inserter(routes));
    return routes;
}

std::vector<AutomationService::RulesOfTenant> AutomationService::rules() const {
    std::vector<RulesOfTenant> rules;
    with_.watched.read({}, [&](pqxx::transaction_base& transaction) {
        rules.clear();
        for (const pqxx::row& row :
             transaction.exec("select tenant_id, case when (state->>'enabled')::boolean then"
                              " state->>'mode' else 'disabled' end as status, count(*)"
                              " from automation_rules where not deleted group by 1, 2"))
            rules.push_back({uuid_of(text_of(row[0])), std::string(text_of(row[1])),
                             row[2].as<std::int64_t>()});
    });
    return rules;
}

void AutomationService::write(MetricsText& out) const {
    const RunMetrics::Counts counts = metrics_.counts();
    for (const auto& [key, count] : counts.runs) write_runs(out, key.first, key.second, count);
    for (const auto& [key, durations] : counts.durations)
        out.histogram("automation_run_duration_seconds", "How long runs took at their last go.",
                      RunMetrics::bounds, durations.counts, durations.sum,
                      {{"tenant_id", to_string(key.first)}, {"rule_id", to_string(key.second)}});
    // What was counted is told while the database is out of reach, too.
    std::set<Uuid> tenants;
    for (const RulesOfTenant& rules_of : rules()) {
        out.gauge("automation_rules_total", "Rules, by whether they act.",
                  static_cast<double>(rules_of.count),
                  {{"tenant_id", to_string(rules_of.tenant)}, {"status", rules_of.status}});
        tenants.insert(rules_of.tenant);
    }
    if (!subscription_) return; // no run ends here
    // An increase is seen only from a number that was there before.
    for (const Uuid& tenant : tenants)
        for (const auto* const end : {"succeeded", "failed", "cancelled", "dead"})
            if (!counts.runs.contains({tenant, end})) write_runs(out, tenant, end, 0);
}

} // namespace throughline
