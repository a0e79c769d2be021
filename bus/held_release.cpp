#include "bus/held_release.hpp"

#include "bus/checkpoint_row.hpp"
#include "bus/event_rows.hpp"
#include "bus/ids.hpp"
#include "bus/pg_text.hpp"
#include "bus/poison.hpp"
#include "bus/release_rows.hpp"

#include <pqxx/pqxx>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace throughline {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t orders_at_once = 100;
constexpr std::size_t largest_chunk = 100;

std::vector<ReleaseRequest> open_requests(pqxx::connection_base& connection,
                                          const std::string& consumer) {
    pqxx::nontransaction transaction(connection);
    std::vector<ReleaseRequest> requests;
    for (const auto& row : transaction.exec_params(
             std::string("select ") + request_columns +
                 " from dead_letter_requests where consumer = $1 and done_at is null"
                 " order by id limit $2",
             consumer, orders_at_once))
        requests.push_back(read_request_row(row));
    return requests;
}

/// The first events of a stream that are dead letters, in log order.
std::vector<StoredEvent> first_held(pqxx::connection_base& connection,
                                    const ReleaseRequest& request, std::size_t limit) {
    pqxx::nontransaction transaction(connection);
    std::vector<StoredEvent> events;
    for (const auto& row : transaction.exec_params(
             std::string("select ") + event_columns +
                 " from events where position = any (array(select position from dead_letters"
                 " where consumer = $1 and tenant_id = $2 and kind = $3 and stream_id = $4"
                 " order by position limit $5)) order by position",
             request.consumer, to_string(request.tenant), request.stream.kind,
             to_string(request.stream.id), limit))
        events.push_back(read_event_row(row));
    return events;
}

void finish(pqxx::connection_base& connection, const ReleaseRequest& request,
            const std::string& outcome) {
    pqxx::nontransaction(connection)
        .exec_params("update dead_letter_requests set done_at = clock_timestamp(), outcome = $2"
                     " where id = $1 and done_at is null",
                     request.id, outcome);
}

bool has_dead_letters(pqxx::connection_base& connection, const std::string& consumer) {
    pqxx::nontransaction transaction(connection);
    return !transaction
                .exec_params("select from dead_letters where consumer = $1 limit 1", consumer)
                .empty();
}

std::string events_text(std::int64_t count) {
    return std::to_string(count) + (count == 1 ? " event" : " events");
}

} // namespace

bool HeldRelease::run(pqxx::connection_base& connection, std::int64_t position,
                      const std::function<bool()>& goes_on) {
    if (Clock::now() - looked_ < (held_.empty() ? 10s : 1s)) return true;
    auto requests = open_requests(connection, name_);
    for (ReleaseRequest& request : requests) {
        if (!goes_on()) return true;
        if (request.action == ReleaseAction::skip && !request.skipped_at &&
            pass_over(connection, position, request) == End::lead_lost)
            return false;
        if (release(connection, position, request, goes_on) == End::lead_lost) return false;
    }
    // A rebuild takes them away too.
    if (!held_.empty() && !has_dead_letters(connection, name_)) held_.clear();
    if (requests.size() < orders_at_once) looked_ = Clock::now();
    return true;
}

/// Of the skipped event nothing is left but the request, which says who, when and why.
HeldRelease::End HeldRelease::pass_over(pqxx::connection_base& connection, std::int64_t position,
                                        ReleaseRequest& request) {
    pqxx::work transaction(connection);
    if (!move_checkpoint(transaction, name_, position, position)) return End::lead_lost;
    const auto gone = transaction.exec_params(
        "delete from dead_letters where consumer = $1 and position = $2", name_, request.position);
    if (gone.affected_rows() == 1) {
        transaction.exec_params("update dead_letter_requests set skipped_at = clock_timestamp()"
                                " where id = $1",
                                request.id);
        request.skipped_at = now();
    }
    transaction.commit();
    if (request.skipped_at)
        spdlog::warn("subscription {}: event {} is passed over, as {} asked", name_,
                     request.position, request.by);
    return End::done;
}

HeldRelease::End HeldRelease::release(pqxx::connection_base& connection, std::int64_t position,
                                      const ReleaseRequest& request,
                                      const std::function<bool()>& goes_on) {
    const std::string begins = request.skipped_at ? "passed over; " : "";
    std::int64_t applied = 0;
    for (std::size_t chunk = largest_chunk;;) {
        if (!goes_on()) return End::done; // the order stays open
        const auto events = first_held(connection, request, chunk);
        if (events.empty()) {
            held_.release({request.tenant, request.stream.kind, request.stream.id});
            finish(connection, request,
                   applied == 0 && begins.empty() ? "nothing was held any more"
                                                  : begins + "released " + events_text(applied));
            spdlog::info("subscription {}: {} of a held stream released", name_,
                         events_text(applied));
            return End::done;
        }
        try {
            const End end = apply(connection, position, events);
            if (end == End::lead_lost) return end;
            if (end == End::done) applied += std::ssize(events);
        } catch (const std::exception& fault) {
            if (is_transient(fault)) throw;
            chunk = events.size() / 2;
            if (chunk > 0) continue;
            const std::int64_t failed = events.front().position;
            pqxx::nontransaction(connection)
                .exec_params("update dead_letters set cause = $3"
                             " where consumer = $1 and position = $2",
                             name_, failed, fault.what());
            held_.hold(events.front());
            finish(connection, request,
                   begins + "applied " + events_text(applied) + ", then event " +
                       std::to_string(failed) + " failed: " + fault.what());
            return End::done;
        }
    }
}

HeldRelease::End HeldRelease::apply(pqxx::connection_base& connection, std::int64_t position,
                                    std::span<const StoredEvent> events) {
    PgArray positions;
    for (const StoredEvent& event : events) positions.add(event.position);
    pqxx::work transaction(connection);
    if (!move_checkpoint(transaction, name_, position, position)) return End::lead_lost;
    const auto gone = transaction.exec_params(
        "delete from dead_letters where consumer = $1 and position = any ($2::bigint[])", name_,
        positions.text());
    if (gone.affected_rows() != events.size()) return End::overtaken;
    consumer_.apply(transaction, events);
    transaction.commit();
    consumer_.committed();
    return End::done;
}

} // namespace throughline
