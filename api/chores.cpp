#include "api/chores.hpp"

#include "bus/migrate.hpp"

namespace throughline {

std::vector<Housekeeping::Chore> chores(PostgresEventStore& store, Credentials& credentials,
                                        OneTimeTokens& links, ApiKeys& api_keys, BulkRequests& bulk,
                                        RateLeases& leases, Usage& usage, Queues& queues,
                                        const Backtests& backtests, Database& system) {
    using namespace std::chrono_literals;
    // Of those that do all there is at once.
    const auto whole = [](std::string name, std::chrono::milliseconds every,
                          std::function<void()> run) {
        const auto run_whole = [run = std::move(run)] {
            run();
            return false;
        };
        return Housekeeping::Chore{std::move(name), run_whole, every};
    };
    const auto old_keys = [&store] {
        constexpr int at_once = 10'000;
        return store.sweep_commands(at_once) == at_once;
    };
    return {{"old idempotency keys", old_keys, 1min},
            whole("old sessions", 1min, [&credentials] { credentials.sweep(); }),
            whole("old bulk requests", 1min, [&bulk] { bulk.sweep(); }),
            whole("old links", 1min, [&links] { links.sweep(); }),
            whole("old usage", 1h, [&usage] { usage.sweep(); }),
            whole("old messages of queues", 10min, [&queues] { queues.sweep(); }),
            whole("old backtests", 1h, [&backtests] { backtests.sweep(); }),
            whole("full rate limits", 1min, [&leases] { leases.sweep(); }),
            whole("API keys that never were", 1min, [&api_keys] { api_keys.sweep(); }),
            whole("partitions of the log", 10s, [&system] { ensure_partitions_ahead(system); })};
}

Housekeeping::Chore merging_of(PendingWords& words) {
    const auto merge = [&words] {
        words.merge();
        return false;
    };
    return {"pending words", merge, std::chrono::milliseconds(50)};
}

} // namespace throughline
