#pragma once
#include "bus/event.hpp"

#include <string>
#include <string_view>

namespace pqxx {
class row;
} // namespace pqxx

namespace throughline {

/// The columns of `events` in the order in which `read_event_row` takes them.
inline constexpr const char* event_columns =
    "position, tenant_id, kind, stream_id, version, event_id, type, schema_version, "
    "correlation_id, data, meta, (extract(epoch from ce_time) * 1000000)::bigint, "
    "(extract(epoch from recorded_at) * 1000000)::bigint";

/// Selects events in log order: at most `rows` of those that meet the conditions, and no more once
/// their data has come to `bytes`, so one at least. Limits may be parameters of the statement. The
/// column `weight` behind `event_columns` tells how much data there is so far: where the last row's
/// is below `bytes`, the bytes have cut nothing off.
[[nodiscard]] std::string select_page(std::string_view conditions, std::string_view rows,
                                      std::string_view bytes);

/// An event from a row that begins with `event_columns`.
[[nodiscard]] StoredEvent read_event_row(const pqxx::row& row);

} // namespace throughline
