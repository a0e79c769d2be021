#include "api/chores.hpp"

#include "bus/migrate.hpp"

namespace throughline {

std::vector<Housekeeping::Chore> chores(PostgresEventStore& store, Credentials& credentials,
                                        OneTimeTokens& links, ApiKeys& api_keys, BulkRequests& bulk,
                                        RateLeases& leases, Usage& usage, Queues& queues,
                                        Database& system) {
    return {
        {"old idempotency keys",
         [&store] {
             while (store.sweep_commands(10'000) == 10'000) {
             }
         },
         std::chrono::minutes(1)},
        {"old sessions", [&credentials] { credentials.sweep(); }, std::chrono::minutes(1)},
        {"old bulk requests", [&bulk] { bulk.sweep(); }, std::chrono::minutes(1)},
        {"old links", [&links] { links.sweep(); }, std::chrono::minutes(1)},
        {"old usage", [&usage] { usage.sweep(); }, std::chrono::hours(1)},
        {"old messages of queues", [&queues] { queues.sweep(); }, std::chrono::minutes(10)},
        {"full rate limits", [&leases] { leases.sweep(); }, std::chrono::minutes(1)},
        {"API keys that never were", [&api_keys] { api_keys.sweep(); }, std::chrono::minutes(1)},
        {"partitions of the log", [&system] { ensure_partitions_ahead(system); },
         std::chrono::seconds(10)}};
}

} // namespace throughline
