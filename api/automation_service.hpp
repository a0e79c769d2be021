#pragma once
#include "api/config.hpp"
#include "api/house_stores.hpp"
#include "api/listed_due_records.hpp"
#include "api/metrics.hpp"
#include "api/past_records.hpp"
#include "api/router.hpp"
#include "api/routes/keyed_writes.hpp"
#include "bus/subscription.hpp"
#include "handlers/assist/built_in_ai.hpp"
#include "handlers/automation/backtests.hpp"
#include "handlers/automation/engine.hpp"
#include "handlers/automation/executor.hpp"
#include "handlers/automation/hooks.hpp"
#include "handlers/automation/run_history.hpp"
#include "handlers/automation/run_teller.hpp"
#include "handlers/identity/tenants.hpp"
#include "handlers/mail.hpp"
#include "handlers/openapi_documents.hpp"
#include "handlers/outbound/guarded_http.hpp"
#include "handlers/secrets/secrets.hpp"

#include <optional>

namespace throughline {

/// Rules at work: the engine that matches events, the executor that does what they say, what they
/// act with, what tells of it, the clocks, and the routes to all of it. What this process does of
/// it depends on its roles.
class AutomationService {
  public:
    struct Parts {
        const Config& config;
        Database& system;
        Database& watched; // of metrics alone
        EventStore& store;
        const Registry& registry;
        const RecordCommands& commands;
        TenantKinds& kinds;
        const Tenants& tenants;
        Lists& lists;
        Past& past;
        LogIndex& index;
        Mailer& mailer;
        HouseStores& house;
        LogSourceFactory source;
    };
    explicit AutomationService(Parts parts);

    void start();
    /// Before what its actions need stops.
    void begin_stop() { executor_.begin_stop(); }
    void write(MetricsText& out) const;
    [[nodiscard]] std::string consumer() const { return engine_.name(); }
    /// The engine's; null where none runs here.
    [[nodiscard]] const Subscription* subscription() const {
        return subscription_ ? &*subscription_ : nullptr;
    }
    [[nodiscard]] Routes rows(const KeyedWrites& writes);

  private:
    struct RulesOfTenant {
        Uuid tenant;
        std::string status;
        std::int64_t count = 0;
    };
    [[nodiscard]] std::vector<RulesOfTenant> rules() const;
    [[nodiscard]] Actions actions();

    Parts with_;
    const GuardedHttp outgoing_; // to where tenants say
    const OpenApiDocuments openapi_documents_;
    const KeyRing ring_;
    Secrets secrets_;
    BuiltInAi ai_; // until keys of a vendor are set
    PastRecords past_records_;
    const EventContexts contexts_; // what rules see of events
    Database own_;                 // so that runs wait for nobody else's queries
    RunQueue queue_;
    RuleVersions versions_;
    RunMetrics metrics_;

  public:
    const AutomationTriggers triggers;
    const RunHistory history;
    const Hooks hooks;
    const Backtests backtests;

  private:
    Breakers breakers_;
    RunTeller teller_;
    ListedDueRecords due_;
    NotMissed not_missed_; // of what was due
    BackgroundLoop telling_;
    BackgroundLoop backtesting_;
    BackgroundLoop clock_;
    BackgroundLoop clocks_ahead_;  // of what a clock of a server that stood ahead has set
    BackgroundLoop looking_ahead_; // for what is due soon
    RunExecutor executor_;
    AutomationEngine engine_;
    std::optional<Subscription> subscription_;
};

} // namespace throughline
