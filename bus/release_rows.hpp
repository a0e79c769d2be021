#pragma once
#include "bus/dead_letters.hpp"

namespace pqxx {
class row;
} // namespace pqxx

namespace throughline {

/// The columns of `dead_letter_requests` in the order in which `read_request_row` takes them.
inline constexpr const char* request_columns =
    "id, consumer, position, tenant_id, kind, stream_id, action, requested_by, reason, cause, "
    "(extract(epoch from requested_at) * 1000000)::bigint, "
    "(extract(epoch from skipped_at) * 1000000)::bigint, "
    "(extract(epoch from done_at) * 1000000)::bigint, outcome";

[[nodiscard]] ReleaseRequest read_request_row(const pqxx::row& row);
[[nodiscard]] const char* name_of(ReleaseAction action);

} // namespace throughline
