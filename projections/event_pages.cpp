#include "projections/event_pages.hpp"

#include "bus/event_rows.hpp"
#include "bus/pg_text.hpp"
#include "projections/cursor.hpp"
#include "projections/table.hpp"
#include "projections/visibility.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <charconv>

namespace throughline {

namespace {

std::int64_t count(pqxx::transaction_base& transaction, const EventQuery& query) {
    return transaction
        .exec_params("select count(*) from (select from " + query.table + " where " + query.where +
                         " limit " + std::to_string(most_counted + 1) + ") as counted",
                     pqxx::prepare::make_dynamic_params(query.parameters.values()))[0][0]
        .as<std::int64_t>();
}

/// One event more than the page holds, where there is one.
std::vector<StoredEvent> read_events(pqxx::transaction_base& transaction, const EventQuery& query,
                                     const OffsetRequest& request,
                                     std::optional<std::int64_t> before) {
    SqlParameters parameters = query.parameters;
    const std::string behind =
        before ? " and position < " + parameters.add(std::to_string(*before)) + "::bigint" : "";
    const std::string sql = std::string("select ").append(event_columns) +
                            " from events where position = any(array(select position from " +
                            query.table + " where " + query.where + behind +
                            " order by position desc limit " + std::to_string(request.limit + 1) +
                            (before ? "" : " offset " + std::to_string(request.offset)) +
                            ")) order by position desc";
    std::vector<StoredEvent> events;
    for (const pqxx::row& row :
         transaction.exec_params(sql, pqxx::prepare::make_dynamic_params(parameters.values())))
        events.push_back(read_event_row(row));
    return events;
}

} // namespace

Result<std::optional<std::int64_t>> position_of_cursor(const EventQuery& query,
                                                       const OffsetRequest& request) {
    if (request.cursor.empty()) return std::optional<std::int64_t>();
    const auto keys = read_cursor(request.cursor, query.identity, 1);
    if (!keys || !keys->front()) return invalid_cursor();
    const std::string& text = *keys->front();
    std::int64_t position = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), position);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return invalid_cursor();
    return std::optional(position);
}

EventPage read_event_page(pqxx::transaction_base& transaction, const EventQuery& query,
                          const OffsetRequest& request, std::optional<std::int64_t> before) {
    EventPage read{read_events(transaction, query, request, before), {}};
    if (read.events.size() > request.limit) {
        read.events.resize(request.limit);
        read.page.next =
            write_cursor(query.identity, {std::to_string(read.events.back().position)});
    }
    const std::int64_t total = count(transaction, query);
    read.page.total = std::min(total, most_counted);
    read.page.total_capped = total > most_counted;
    return read;
}

People read_people(pqxx::transaction_base& transaction, const Uuid& tenant,
                   const std::vector<StoredEvent>& events) {
    std::set<Uuid> actors;
    for (const StoredEvent& event : events)
        if (!event.origin.actor_id.is_nil()) actors.insert(event.origin.actor_id);
    if (actors.empty()) return {};
    PgArray ids;
    for (const Uuid& actor : actors) ids.add(actor);
    People people;
    for (const pqxx::row& row :
         transaction.exec_params("select id, state from streams where tenant_id = $1::uuid"
                                 " and kind in ('user', 'api_key') and id = any($2::uuid[])",
                                 to_string(tenant), ids.text())) {
        const Json state = parse_json(text_of(row[1]));
        people[uuid_of(text_of(row[0]))] = {{"id", text_of(row[0])},
                                            {"name", state.text("name")},
                                            {"email", value_of(state, "email")}};
    }
    return people;
}

Json actor_of(const StoredEvent& event, const People& people) {
    const auto found = people.find(event.origin.actor_id);
    return found == people.end() ? Json() : Json(found->second);
}

std::map<StreamKey, std::string> read_titles(pqxx::transaction_base& transaction,
                                             const Uuid& tenant, const Caller& caller,
                                             const Registry& registry,
                                             const std::set<StreamKey>& streams) {
    if (streams.empty()) return {};
    PgArray kinds;
    PgArray ids;
    for (const auto& [kind, id] : streams) {
        kinds.add(kind);
        ids.add(id);
    }
    SqlParameters parameters;
    std::string sql =
        "select kind, id, title from streams where tenant_id = " +
        parameters.add(to_string(tenant)) + "::uuid and (kind, id) in (select * from unnest(" +
        parameters.add(kinds.text()) + "::text[], " + parameters.add(ids.text()) + "::uuid[]))";
    if (const std::string hidden = hidden_streams(caller, registry, parameters); !hidden.empty())
        sql += " and not " + hidden;
    std::map<StreamKey, std::string> titles;
    for (const pqxx::row& row :
         transaction.exec_params(sql, pqxx::prepare::make_dynamic_params(parameters.values())))
        titles[{std::string(text_of(row[0])), uuid_of(text_of(row[1]))}] = text_of(row[2]);
    return titles;
}

} // namespace throughline
