#pragma once
#include "bus/event_store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace throughline {

/// How an event stream is written down. Each call appends to `out`.
class StreamEncoding {
  public:
    virtual ~StreamEncoding() = default;
    /// What stands first; `position` is where the stream begins, for a client that has none yet.
    virtual void open(std::string& out, std::optional<std::int64_t> position) const = 0;
    virtual void event(std::string& out, const StoredEvent& event) const = 0;
    virtual void heartbeat(std::string& out, std::int64_t position) const = 0;
    /// The end, and why: a problem document.
    virtual void closed(std::string& out, std::string_view problem) const = 0;
};

/// Server-sent events (WHATWG HTML section 9.2): `id: <position>` and `data: <event>`;
/// `event: heartbeat` with the position scanned as id; at the end `event: closed` with a problem.
/// Opens with a comment, and where the client has no position also with a heartbeat without data,
/// which moves `lastEventId` and dispatches nothing.
[[nodiscard]] const StreamEncoding& server_sent_events();

/// One JSON object a line, each a message of a WebSocket: `{"type": "event", "position", "event"}`,
/// `{"type": "heartbeat", "position"}`, `{"type": "closed", "problem"}`.
[[nodiscard]] const StreamEncoding& websocket_messages();

} // namespace throughline
