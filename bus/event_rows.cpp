#include "bus/event_rows.hpp"

#include "bus/pg_text.hpp"

#include <fmt/format.h>
#include <pqxx/pqxx>

namespace throughline {

/// What is stored as it is tells its size without being fetched.
std::string select_page(std::string_view conditions, std::string_view rows,
                        std::string_view bytes) {
    return fmt::format(
        "select {}, weight from (select *, sum(size) over (order by position rows unbounded "
        "preceding) as weight from (select *, case when pg_column_compression(data) is null "
        "then pg_column_size(data) else octet_length(data::text) end as size from events "
        "where {} order by position limit {}) as sized) as weighed "
        "where weight - size < {} order by position",
        event_columns, conditions, rows, bytes);
}

StoredEvent read_event_row(const pqxx::row& row) {
    StoredEvent event;
    event.position = row[0].as<std::int64_t>();
    event.tenant = uuid_of(text_of(row[1]));
    event.stream = {std::string(text_of(row[2])), uuid_of(text_of(row[3]))};
    event.version = row[4].as<std::int64_t>();
    event.id = uuid_of(text_of(row[5]));
    event.type = text_of(row[6]);
    event.schema_version = row[7].as<int>();
    event.data = text_of(row[9]);
    read_meta(text_of(row[10]), event);
    event.origin.correlation_id = uuid_of(text_of(row[8]));
    event.time = time_of(row[11]);
    event.recorded_at = time_of(row[12]);
    return event;
}

} // namespace throughline
