#include "api/chores.hpp"

#include "bus/migrate.hpp"

namespace throughline {

std::vector<Housekeeping::Chore> chores(PostgresEventStore& store, Credentials& credentials,
                                        OneTimeTokens& links, ApiKeys& api_keys, BulkRequests& bulk,
                                        RateLeases& leases, Usage& usage, Queues& queues,
                                        Database& system) {
    // Of those that do all there is at once.
    const auto whole = [](std::string name, std::function<void()> run,
                          std::chrono::milliseconds every) {
        return Housekeeping::Chore{std::move(name),
                                   [run = std::move(run)] {
                                       run();
                                       return false;
                                   },
                                   every};
    };
    constexpr int commands_at_once = 10'000;
    return {
        {"old idempotency keys",
         [&store] { return store.sweep_commands(commands_at_once) == commands_at_once; },
         std::chrono::minutes(1)},
        whole(
            "old sessions", [&credentials] { credentials.sweep(); }, std::chrono::minutes(1)),
        whole(
            "old bulk requests", [&bulk] { bulk.sweep(); }, std::chrono::minutes(1)),
        whole(
            "old links", [&links] { links.sweep(); }, std::chrono::minutes(1)),
        whole(
            "old usage", [&usage] { usage.sweep(); }, std::chrono::hours(1)),
        whole(
            "old messages of queues", [&queues] { queues.sweep(); }, std::chrono::minutes(10)),
        whole(
            "full rate limits", [&leases] { leases.sweep(); }, std::chrono::minutes(1)),
        whole(
            "API keys that never were", [&api_keys] { api_keys.sweep(); }, std::chrono::minutes(1)),
        whole(
            "partitions of the log", [&system] { ensure_partitions_ahead(system); },
            std::chrono::seconds(10))};
}

} // namespace throughline
