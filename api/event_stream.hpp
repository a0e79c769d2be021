#pragma once
#include "api/http.hpp"
#include "api/log_reader.hpp"
#include "api/stream_encoding.hpp"
#include "bus/event_hub.hpp"
#include "domain/result.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

namespace throughline {

/// What of some events the reader may see by now, in their order. A rejection ends the stream.
using Sight =
    std::function<Result<std::vector<const StoredEvent*>>(std::vector<const StoredEvent*>)>;

/// What one event stream is to show, and for how long.
struct StreamRequest {
    LogFilter filter;       // with its tenant
    Sight sight;            // asked before each piece, also where there are no events
    std::int64_t from = 0;  // exclusive
    bool from_head = false; // the client has no position yet: it is told one at once
    std::int64_t to = std::numeric_limits<std::int64_t>::max(); // the last position of interest
    Time expires{};                                             // of the token it was opened with
    std::string target; // of the request, for the problem at the end
    std::string traceparent;
    const StreamEncoding* encoding = &server_sent_events();
    std::shared_ptr<void> place{}; // among the streams that may be open, held as long as it is
};

/// Events as they happen, in the encoding that was asked for. Pulls from the hub's ring, and from
/// the log what the ring no longer has; holds no more than the piece in hand. The last piece says
/// why it ends, as a problem and as a status: 200 once the log was looked through up to `to`, at
/// the latest with the next heartbeat.
class EventStream : public BodyStream {
  public:
    EventStream(EventStore& store, EventHub& hub, StreamRequest request,
                std::chrono::milliseconds heartbeat = std::chrono::seconds(15));

    [[nodiscard]] Piece next() override;
    void on_more(std::function<void()> wake) override;
    [[nodiscard]] std::chrono::milliseconds max_wait() const override;
    void shut_down() override { draining_ = true; }

  private:
    [[nodiscard]] std::optional<Rejection> pull(std::string& out);
    [[nodiscard]] std::optional<Rejection> show(std::vector<const StoredEvent*> events,
                                                std::int64_t scanned, std::string& out);
    [[nodiscard]] Piece closed(int status, std::string detail, std::string before = {}) const;

    EventHub& hub_;
    LogReader log_;
    const StreamRequest request_;
    const StreamEncoding& encoding_;
    const std::chrono::milliseconds heartbeat_;
    std::int64_t scanned_;
    bool at_head_ = false; // of the log, when it was last read
    std::string opening_;
    std::chrono::steady_clock::time_point heartbeat_due_;
    std::atomic<bool> draining_ = false;
    std::shared_ptr<void> watch_;
};

} // namespace throughline
