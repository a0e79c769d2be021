#pragma once
#include "bus/event.hpp"

namespace pqxx {
class row;
} // namespace pqxx

namespace throughline {

/// The columns of `events` in the order in which `read_event_row` takes them.
inline constexpr const char* event_columns =
    "position, tenant_id, kind, stream_id, version, event_id, type, schema_version, "
    "correlation_id, data, meta, (extract(epoch from ce_time) * 1000000)::bigint, "
    "(extract(epoch from recorded_at) * 1000000)::bigint";

/// An event from a row that begins with `event_columns`.
[[nodiscard]] StoredEvent read_event_row(const pqxx::row& row);

} // namespace throughline
