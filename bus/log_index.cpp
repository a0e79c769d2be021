#include "bus/log_index.hpp"

#include "bus/event_rows.hpp"
#include "bus/pg_binary_array.hpp"
#include "bus/pg_text.hpp"
#include "bus/prepared.hpp"

#include <pqxx/pqxx>

namespace throughline {

namespace {

/// Halves the log by when it was recorded: some thirty look-ups by primary key a bound in one
/// statement, and no index on times. Then looks on behind each moment for the last event of its
/// time: in order of their own times events stand nearly, but not quite.
constexpr const char* search_positions =
    "with recursive wanted as ("
    " select * from unnest($1::timestamptz[], $2::timestamptz[]) with ordinality"
    " as given (moment, late, nth)"
    "), search (until, low, high) as ("
    " select until, 0::bigint, position from log_head"
    " cross join (select moment from wanted union select late from wanted) as bounds (until)"
    " union all"
    " select until, case when is_there then middle else low end,"
    " case when is_there then high else middle - 1 end"
    " from (select until, low, high, (low + high + 1) / 2 as middle from search"
    " where low < high) as half"
    " cross join lateral (select recorded_at <= until as is_there"
    " from events where position = middle) as looked"
    "), recorded (until, position) as (select until, max(low) from search group by until)"
    " select coalesce((select max(e.position) from events e"
    " where e.position > by_then.position"
    " and e.position <= least(by_late.position, by_then.position + 4096)"
    " and e.ce_time <= moment), by_then.position)"
    " from wanted join recorded by_then on by_then.until = moment"
    " join recorded by_late on by_late.until = late order by nth";

} // namespace

std::int64_t LogIndex::position_at(Time time) { return positions_at({&time, 1}).front(); }

std::vector<std::int64_t> LogIndex::positions_at(std::span<const Time> times) {
    PgBinaryArray wanted(PgType::timestamptz), late(PgType::timestamptz);
    for (const Time time : times) {
        wanted.add(time);
        late.add(time + longest_delay);
    }
    std::vector<std::int64_t> positions;
    system_.read({}, [&](pqxx::transaction_base& transaction) {
        positions.clear();
        for (const pqxx::row& row : exec_prepared(transaction, "search_positions", search_positions,
                                                  wanted.binary(), late.binary()))
            positions.push_back(row[0].as<std::int64_t>());
    });
    return positions;
}

std::vector<StoredEvent> LogIndex::effects(const Uuid& tenant, std::span<const Uuid> causes,
                                           std::size_t limit) {
    PgArray ids;
    for (const Uuid& cause : causes) ids.add(cause);
    std::vector<StoredEvent> events;
    system_.read(tenant, [&](pqxx::transaction_base& transaction) {
        events.clear();
        for (const pqxx::row& row :
             transaction.exec_params(std::string("select ") + event_columns +
                                         " from events where meta ->> 'cause' = any ($1::text[])"
                                         " and tenant_id = $2::uuid order by position limit $3",
                                     ids.text(), to_string(tenant), limit))
            events.push_back(read_event_row(row));
    });
    return events;
}

std::vector<StreamKey> LogIndex::correlated_streams(const Uuid& tenant, const Uuid& correlation) {
    std::vector<StreamKey> streams;
    system_.read(tenant, [&](pqxx::transaction_base& transaction) {
        streams.clear();
        for (const pqxx::row& row : transaction.exec_params(
                 "select kind, stream_id from events where correlation_id = $1::uuid"
                 " and tenant_id = $2::uuid group by kind, stream_id order by max(position) desc",
                 to_string(correlation), to_string(tenant)))
            streams.push_back({std::string(text_of(row[0])), uuid_of(text_of(row[1]))});
    });
    return streams;
}

std::optional<LogIndex::Span> LogIndex::correlated(const Uuid& tenant, const Uuid& correlation) {
    std::optional<Span> span;
    system_.read(tenant, [&](pqxx::transaction_base& transaction) {
        const pqxx::row row = transaction.exec_params1(
            "select min(position), max(position), count(distinct (kind, stream_id)) from events"
            " where correlation_id = $1::uuid and tenant_id = $2::uuid",
            to_string(correlation), to_string(tenant));
        if (!row[0].is_null())
            span = {row[0].as<std::int64_t>(), row[1].as<std::int64_t>(),
                    row[2].as<std::int64_t>()};
    });
    return span;
}

std::vector<StoredEvent> LogIndex::correlated_events(const Uuid& tenant, const Uuid& correlation,
                                                     std::span<const std::string> types) {
    PgArray wanted;
    for (const std::string& type : types) wanted.add(type);
    std::vector<StoredEvent> events;
    system_.read(tenant, [&](pqxx::transaction_base& transaction) {
        events.clear();
        for (const pqxx::row& row : transaction.exec_params(
                 std::string("select ") + event_columns +
                     " from events where correlation_id = $1::uuid and tenant_id = $2::uuid"
                     " and type = any ($3::text[]) order by position",
                 to_string(correlation), to_string(tenant), wanted.text()))
            events.push_back(read_event_row(row));
    });
    return events;
}

} // namespace throughline
