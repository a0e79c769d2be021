#include "bus/stream_events.hpp"

#include "bus/event_rows.hpp"
#include "bus/pg_text.hpp"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <algorithm>

namespace throughline {

namespace {

constexpr std::size_t first_fetch = 32;
constexpr std::size_t most_fetched = 1024;
constexpr std::size_t light = 256U << 10;
constexpr std::size_t heavy = 2U << 20;

/// Written so that only the index on (stream_id, version) serves.
std::string cursor_of(pqxx::transaction_base& transaction, const Uuid& tenant,
                      std::span<const StreamKey> streams, std::int64_t up_to) {
    PgArray kinds;
    PgArray ids;
    for (const StreamKey& stream : streams) {
        kinds.add(stream.kind);
        ids.add(stream.id);
    }
    return fmt::format(
        "declare each_event no scroll cursor for select {} from unnest({}::text[], {}::uuid[]) with"
        " ordinality as asked (of_kind, of_stream, n) cross join lateral (select * from events"
        " where tenant_id::text = '{}' and kind = of_kind and stream_id = of_stream"
        " and position + 0 <= {}"
        " order by events.version offset 0) as of_streams order by n, version",
        event_columns, transaction.quote(kinds.text()), transaction.quote(ids.text()),
        to_string(tenant), up_to);
}

} // namespace

void each_event(pqxx::transaction_base& transaction, const Uuid& tenant,
                std::span<const StreamKey> streams, std::int64_t up_to,
                const std::function<void(const StoredEvent&)>& visit) {
    if (streams.empty()) return;
    // Without statistics PostgreSQL would look at all rows of the tenant for each stream, and
    // combine what it finds.
    transaction.exec0("set local enable_bitmapscan = off");
    transaction.exec0(cursor_of(transaction, tenant, streams, up_to));
    transaction.exec0("set local enable_bitmapscan = on");
    std::size_t wanted = first_fetch;
    for (;;) {
        const pqxx::result rows =
            transaction.exec(fmt::format("fetch forward {} from each_event", wanted));
        std::size_t weight = 0;
        for (const pqxx::row& row : rows) {
            const StoredEvent event = read_event_row(row);
            weight += event.data.size();
            visit(event);
        }
        if (rows.size() < wanted) break;
        if (weight > heavy)
            wanted = std::max<std::size_t>(wanted / 4, 1);
        else if (weight < light)
            wanted = std::min(wanted * 4, most_fetched);
    }
    transaction.exec0("close each_event");
}

} // namespace throughline
