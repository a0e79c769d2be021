#include "bus/release_rows.hpp"

#include "bus/pg_text.hpp"

#include <pqxx/pqxx>

namespace throughline {

namespace {

std::optional<Time> optional_time(const pqxx::field& field) {
    return field.is_null() ? std::nullopt : std::optional(time_of(field));
}

} // namespace

ReleaseRequest read_request_row(const pqxx::row& row) {
    ReleaseRequest request;
    request.id = row[0].as<std::int64_t>();
    request.consumer = text_of(row[1]);
    request.position = row[2].as<std::int64_t>();
    request.tenant = uuid_of(text_of(row[3]));
    request.stream = {std::string(text_of(row[4])), uuid_of(text_of(row[5]))};
    request.action = text_of(row[6]) == "skip" ? ReleaseAction::skip : ReleaseAction::retry;
    request.by = text_of(row[7]);
    request.reason = text_of(row[8]);
    request.cause = text_of(row[9]);
    request.asked_at = time_of(row[10]);
    request.skipped_at = optional_time(row[11]);
    request.done_at = optional_time(row[12]);
    request.outcome = text_of(row[13]);
    return request;
}

const char* name_of(ReleaseAction action) {
    return action == ReleaseAction::skip ? "skip" : "retry";
}

} // namespace throughline
