#pragma once
#include "api/housekeeping.hpp"
#include "bus/postgres_event_store.hpp"
#include "bus/rate_leases.hpp"
#include "handlers/automation/backtests.hpp"
#include "handlers/automation/queues.hpp"
#include "handlers/bulk/bulk_requests.hpp"
#include "handlers/identity/api_keys.hpp"
#include "handlers/identity/credentials.hpp"
#include "handlers/identity/one_time_tokens.hpp"
#include "projections/pending_words.hpp"
#include "projections/usage.hpp"

namespace throughline {

/// What is swept, and what is made ahead; safe in several processes at once.
[[nodiscard]] std::vector<Housekeeping::Chore>
chores(PostgresEventStore& store, Credentials& credentials, OneTimeTokens& links, ApiKeys& api_keys,
       BulkRequests& bulk, RateLeases& leases, Usage& usage, Queues& queues,
       const Backtests& backtests, Database& system);

/// What read models stand still for if it comes late: on a thread of its own.
[[nodiscard]] Housekeeping::Chore merging_of(PendingWords& words);

} // namespace throughline
