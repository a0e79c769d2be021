#include "projections/referring.hpp"

#include "bus/event_rows.hpp"
#include "bus/pg_text.hpp"
#include "projections/list_columns.hpp"

#include <pqxx/pqxx>

namespace throughline {

std::vector<Uuid> Referring::records(const Uuid& tenant, const Kind& kind, const Field& field,
                                     const Uuid& to, const Uuid& after, std::size_t limit) {
    std::vector<Uuid> ids;
    system_.read({}, [&](pqxx::transaction_base& transaction) {
        ids.clear();
        for (const pqxx::row& row : transaction.exec_params(
                 "select id from " + list_table(kind) + " where tenant_id = $1::uuid and " +
                     list_column(kind, field.name)->sql_name() +
                     " = $2::uuid and id > $3::uuid order by id limit " + std::to_string(limit),
                 to_string(tenant), to_string(to), to_string(after)))
            ids.push_back(uuid_of(text_of(row[0])));
    });
    return ids;
}

std::int64_t Referring::head() {
    std::int64_t position = 0;
    system_.read({}, [&](pqxx::transaction_base& transaction) {
        position = transaction.exec1("select position from log_head")[0].as<std::int64_t>();
    });
    return position;
}

std::vector<StoredEvent> Referring::correlated(const Uuid& tenant, const Uuid& correlation,
                                               std::int64_t after, std::size_t limit) {
    std::vector<StoredEvent> events;
    system_.read({}, [&](pqxx::transaction_base& transaction) {
        events.clear();
        for (const pqxx::row& row : transaction.exec_params(
                 "select " + std::string(event_columns) +
                     " from events where correlation_id = $1::uuid and tenant_id = $2::uuid"
                     " and position > $3 order by position limit " +
                     std::to_string(limit),
                 to_string(correlation), to_string(tenant), after))
            events.push_back(read_event_row(row));
    });
    return events;
}

} // namespace throughline
