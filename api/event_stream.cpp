#include "api/event_stream.hpp"

#include "bus/database.hpp"

#include "api/problem.hpp"
#include "bus/ids.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace throughline {

namespace {

constexpr std::size_t log_page = 1000;

} // namespace

EventStream::EventStream(EventStore& store, EventHub& hub, StreamRequest request,
                         std::chrono::milliseconds heartbeat)
    : hub_(hub), log_(store, request.filter), request_(std::move(request)),
      encoding_(*request_.encoding), heartbeat_(heartbeat), scanned_(request_.from),
      heartbeat_due_(std::chrono::steady_clock::now() + heartbeat) {
    encoding_.open(opening_, request_.from_head ? std::optional(scanned_) : std::nullopt);
}

BodyStream::Piece EventStream::next() {
    if (draining_) return closed(503, "The server is shutting down. Connect again.");
    if (now() >= request_.expires) return closed(401, "The token has expired.");
    try {
        std::string out = std::exchange(opening_, {});
        if (auto refused = pull(out))
            return closed(status_of(refused->refusal), std::move(refused->detail));
        if (scanned_ >= request_.to)
            return closed(200, "Everything up to that position was sent.", std::move(out));
        if (const auto time = std::chrono::steady_clock::now(); time >= heartbeat_due_) {
            encoding_.heartbeat(out, scanned_);
            heartbeat_due_ = time + heartbeat_;
        }
        return {std::move(out)};
    } catch (const std::exception& fault) {
        spdlog::warn("an event stream ends: {}", fault_text(fault));
        return closed(503, "The log is out of reach. Connect again.");
    }
}

/// Appends the next events as text, and moves the position past all that was looked at.
std::optional<Rejection> EventStream::pull(std::string& out) {
    std::vector<const StoredEvent*> events;
    if (const auto recent = hub_.recent(scanned_, log_.filter(), piece_bytes)) {
        for (const auto& event : recent->events) events.push_back(event.get());
        return show(std::move(events), recent->scanned, out);
    }
    const LogPage page = log_.next(scanned_, {log_page, piece_bytes});
    for (const StoredEvent& event : page.events) events.push_back(&event);
    const std::int64_t scanned = std::max(scanned_, page.scanned);
    at_head_ = scanned >= page.head;
    return show(std::move(events), scanned, out);
}

std::optional<Rejection> EventStream::show(std::vector<const StoredEvent*> events,
                                           std::int64_t scanned, std::string& out) {
    const auto seen = request_.sight(std::move(events));
    if (!seen) return seen.error();
    for (const StoredEvent* const event : *seen)
        if (event->position <= request_.to) encoding_.event(out, *event);
    scanned_ = scanned;
    return std::nullopt;
}

void EventStream::on_more(std::function<void()> wake) {
    watch_.reset();
    watch_ = hub_.watch(*request_.filter.tenant, wake);
    // What came since the last piece has woken nobody; nor does what the log still holds.
    const auto recent = hub_.recent(scanned_, log_.filter(), 1);
    const bool is_over = recent && recent->scanned >= request_.to;
    const bool has_more = recent ? !recent->events.empty() : !at_head_ || hub_.has_passed(scanned_);
    if (is_over || has_more) wake();
}

std::chrono::milliseconds EventStream::max_wait() const {
    const auto heartbeat = heartbeat_due_ - std::chrono::steady_clock::now();
    const auto expiry = request_.expires - now();
    const auto wait = std::min(std::chrono::ceil<std::chrono::milliseconds>(heartbeat),
                               std::chrono::ceil<std::chrono::milliseconds>(expiry));
    return std::max(wait, std::chrono::milliseconds(1));
}

BodyStream::Piece EventStream::closed(int status, std::string detail, std::string before) const {
    Request request;
    request.target = request_.target;
    request.traceparent = request_.traceparent;
    Piece piece{std::move(before), true, status};
    encoding_.closed(piece.bytes, problem_text(status, {{}, std::move(detail)}, request));
    return piece;
}

} // namespace throughline
