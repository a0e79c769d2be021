#include "bus/postgres_event_store.hpp"

#include "bus/command.hpp"
#include "bus/event_rows.hpp"
#include "bus/pg_text.hpp"
#include "bus/prepared.hpp"
#include "domain/text.hpp"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <algorithm>

namespace throughline {

namespace {

using Transaction = pqxx::transaction_base;

StreamHead read_head(const pqxx::row& row) {
    return {{row[0].as<std::string>(), uuid_of(text_of(row[1]))},
            row[2].as<std::int64_t>(),
            std::string(text_of(row[3])),
            std::string(text_of(row[4])),
            row[5].as<bool>()};
}

std::vector<StoredEvent> read_events(const pqxx::result& rows) {
    std::vector<StoredEvent> events;
    events.reserve(rows.size());
    for (const pqxx::row& row : rows) events.push_back(read_event_row(row));
    return events;
}

/// The conditions of a filter on positions in ($1, $2]; their values are $3 to $6.
std::string conditions(const LogFilter& filter) {
    std::string sql = "position > $1 and position <= $2";
    sql += filter.tenant ? " and tenant_id = $3::uuid" : " and $3::uuid is null";
    sql += filter.types.empty() ? " and $4::text[] is not null" : " and type = any ($4::text[])";
    sql += filter.kind.empty() ? " and $5::text is not null" : " and kind = $5";
    sql += filter.id ? " and stream_id = $6::uuid" : " and $6::uuid is null";
    return sql;
}

/// `sql` with the `conditions` of the filter.
pqxx::result select_log(Transaction& transaction, const std::string& sql, std::int64_t after,
                        std::int64_t up_to, const LogFilter& filter) {
    PgArray types;
    for (const std::string& type : filter.types) types.add(type);
    const auto text = [](const std::optional<Uuid>& id) {
        return id ? std::optional(to_string(*id)) : std::nullopt;
    };
    const auto tenant = text(filter.tenant);
    const auto id = text(filter.id);
    return transaction.exec_params(sql, after, up_to, tenant ? tenant->c_str() : nullptr,
                                   types.text(), filter.kind, id ? id->c_str() : nullptr);
}

std::int64_t read_head_position(Transaction& transaction) {
    return exec_prepared(transaction, "head_position", "select position from log_head")[0][0]
        .as<std::int64_t>();
}

/// How far one page looks: where events of a type or kind are rare, no query runs through the
/// whole log.
std::int64_t look_up_to(Transaction& transaction, std::int64_t after, std::int64_t head,
                        const LogFilter& filter) {
    constexpr std::size_t most_looked_at = 20'000;
    if (filter.id || (filter.types.empty() && filter.kind.empty())) return head;
    const LogFilter all_of_tenant{filter.tenant, {}, {}, {}};
    const auto beyond = select_log(
        transaction,
        fmt::format("select position from events where {} order by position offset {} limit 1",
                    conditions(all_of_tenant), most_looked_at),
        after, head, all_of_tenant);
    return beyond.empty() ? head : beyond[0][0].as<std::int64_t>() - 1;
}

} // namespace

PendingOutcome PostgresEventStore::append(Command command) {
    return appender_.append(std::move(command));
}

std::vector<StreamHead> PostgresEventStore::heads(const Uuid& tenant,
                                                  std::span<const StreamKey> streams) {
    PgArray kinds;
    PgArray ids;
    for (const StreamKey& key : streams) {
        kinds.add(key.kind);
        ids.add(key.id);
    }
    std::vector<StreamHead> heads;
    app_.read(tenant, [&](Transaction& transaction) {
        heads.clear();
        for (const auto& row : exec_prepared(
                 transaction, "heads",
                 "select a.kind, a.id, coalesce(s.version, 0), s.state, s.title, "
                 "coalesce(s.archived, false) "
                 "from unnest($2::text[], $3::uuid[]) with ordinality as a (kind, id, n) "
                 "left join lateral (select version, state, title, archived from streams "
                 "where tenant_id = $1::uuid and kind = a.kind and id = a.id offset 0) s on true "
                 "order by a.n",
                 to_string(tenant), kinds.text(), ids.text()))
            heads.push_back(read_head(row));
    });
    return heads;
}

std::vector<StreamHead> PostgresEventStore::heads_by_title(const Uuid& tenant,
                                                           const std::string& kind,
                                                           const std::string& title) {
    const std::string key = title_key(title);
    if (key.empty()) return {};
    std::vector<StreamHead> heads;
    app_.read(tenant, [&](Transaction& transaction) {
        heads.clear();
        for (const auto& row :
             exec_prepared(transaction, "heads_by_title",
                           "select kind, id, version, state, title, archived from streams "
                           "where tenant_id = $1::uuid and kind = $2 and title_key = $3 "
                           "and title_key <> '' and not archived order by id",
                           to_string(tenant), kind, key))
            heads.push_back(read_head(row));
    });
    // The key may be cut.
    std::erase_if(heads, [folded = case_folded(title)](const StreamHead& head) {
        return case_folded(head.title) != folded;
    });
    return heads;
}

std::vector<std::optional<Uuid>> PostgresEventStore::titled(const Uuid& tenant,
                                                            const std::string& kind,
                                                            std::span<const std::string> titles) {
    PgArray keys;
    for (const std::string& title : titles) keys.add(title_key(title));
    std::vector<std::optional<Uuid>> found;
    app_.read(tenant, [&](Transaction& transaction) {
        found.assign(titles.size(), std::nullopt);
        for (const auto& row : exec_prepared(
                 transaction, "titled",
                 "select a.n - 1, s.id, s.title from unnest($3::text[]) with ordinality as a (key, "
                 "n) cross join lateral (select id, title from streams "
                 "where tenant_id = $1::uuid and kind = $2 and title_key = a.key "
                 "and title_key <> '' and not archived offset 0) s order by a.n, s.id",
                 to_string(tenant), kind, keys.text())) {
            const auto at = row[0].as<std::size_t>();
            // The key may be cut.
            if (!found.at(at) && case_folded(text_of(row[2])) == case_folded(titles[at]))
                found[at] = uuid_of(text_of(row[1]));
        }
    });
    return found;
}

std::vector<StreamHead> PostgresEventStore::heads_of_kind(const Uuid& tenant,
                                                          const std::string& kind,
                                                          const Uuid& after, std::size_t limit) {
    std::vector<StreamHead> heads;
    app_.read(tenant, [&](Transaction& transaction) {
        heads.clear();
        for (const auto& row :
             exec_prepared(transaction, "heads_of_kind",
                           "select kind, id, version, state, title, archived from streams "
                           "where tenant_id = $1::uuid and kind = $2 and id > $3::uuid "
                           "order by id limit $4",
                           to_string(tenant), kind, to_string(after), limit))
            heads.push_back(read_head(row));
    });
    return heads;
}

std::vector<StoredEvent> PostgresEventStore::stream(const Uuid& tenant, const StreamKey& key,
                                                    std::int64_t after, std::int64_t up_to) {
    std::vector<StoredEvent> events;
    app_.read(tenant, [&](Transaction& transaction) {
        events = read_events(exec_prepared(
            transaction, "stream",
            fmt::format("select {} from events where tenant_id = $1::uuid and kind = $2 "
                        "and stream_id = $3::uuid and version > $4 and version <= $5 "
                        "order by version",
                        event_columns),
            to_string(tenant), key.kind, to_string(key.id), after, up_to));
    });
    return events;
}

LogPage PostgresEventStore::log(std::int64_t after, LogLimit limit, const LogFilter& filter) {
    limit.events = std::max<std::size_t>(limit.events, 1);
    limit.bytes = std::max<std::size_t>(limit.bytes, 1);
    LogPage page;
    Database& database = filter.tenant ? app_ : system_;
    database.read(filter.tenant.value_or(Uuid{}), [&](Transaction& transaction) {
        page.head = read_head_position(transaction);
        const std::int64_t up_to = look_up_to(transaction, after, page.head, filter);
        const pqxx::result rows =
            select_log(transaction,
                       select_page(conditions(filter), std::to_string(limit.events),
                                   std::to_string(limit.bytes)),
                       after, up_to, filter);
        page.events = read_events(rows);
        const bool is_all = page.events.size() < limit.events &&
                            (rows.empty() || rows.back()["weight"].as<std::size_t>() < limit.bytes);
        page.scanned = is_all ? std::max(after, up_to) : page.events.back().position;
    });
    return page;
}

std::int64_t PostgresEventStore::head_position() {
    std::int64_t position = 0;
    system_.read({}, [&](Transaction& transaction) { position = read_head_position(transaction); });
    return position;
}

std::optional<StoredEvent> PostgresEventStore::event(const Uuid& tenant, const Uuid& id) {
    std::optional<StoredEvent> event;
    app_.read(tenant, [&](Transaction& transaction) {
        const auto rows = exec_prepared(
            transaction, "event",
            fmt::format("select {} from events where event_id = $1::uuid and tenant_id = $2::uuid",
                        event_columns),
            to_string(id), to_string(tenant));
        event = rows.empty() ? std::nullopt : std::optional(read_event_row(rows[0]));
    });
    return event;
}

std::vector<std::optional<Committed>> PostgresEventStore::outcomes(const Uuid& tenant,
                                                                   std::span<const Uuid> commands) {
    PgArray ids;
    for (const Uuid& id : commands) ids.add(id);
    std::vector<std::optional<Committed>> outcomes;
    app_.read(tenant, [&](Transaction& transaction) {
        outcomes.assign(commands.size(), std::nullopt);
        for (const auto& row : exec_prepared(
                 transaction, "outcomes",
                 "select a.n - 1, c.first_position, c.last_position, c.request_hash, c.status, "
                 "c.versions from unnest($2::uuid[]) with ordinality as a (id, n) "
                 "cross join lateral (select first_position, last_position, request_hash, status, "
                 "versions from commands where tenant_id = $1::uuid and id = a.id and not "
                 "(expires and recorded_at < clock_timestamp() - interval '24 hours') offset 0) c",
                 to_string(tenant), ids.text()))
            read_versions(text_of(row[5]), outcomes.at(row[0].as<std::size_t>())
                                               .emplace(Committed{row[1].as<std::int64_t>(),
                                                                  row[2].as<std::int64_t>(),
                                                                  true,
                                                                  row[3].as<std::string>(),
                                                                  row[4].as<int>(),
                                                                  {}}));
    });
    return outcomes;
}

std::int64_t PostgresEventStore::sweep_commands(int at_most) {
    std::int64_t swept = 0;
    system_.read({}, [&](Transaction& transaction) {
        swept =
            transaction.exec_params1("select sweep_commands($1)", at_most)[0].as<std::int64_t>();
    });
    return swept;
}

} // namespace throughline
