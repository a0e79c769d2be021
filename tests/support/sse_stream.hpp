#pragma once
#include "tests/support/http_client.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace throughline {

/// One message of an event stream (WHATWG HTML, "Server-sent events").
struct SseMessage {
    std::string id;
    std::string event; // empty when there is no such field
    std::string data;  // lines joined by a newline
};

/// A client of one server-sent event stream. Used by one thread at a time.
class SseStream {
  public:
    /// Connects and returns once the status is known.
    explicit SseStream(const std::string& url, const HttpHeaders& headers = {});
    ~SseStream();

    /// Status and headers; of a refusal, after `ended()`, the whole body too.
    [[nodiscard]] const HttpReply& reply() const;
    /// The next message, comments skipped; nothing when none came in time or the stream ended.
    [[nodiscard]] std::optional<SseMessage>
    next(std::chrono::milliseconds within = std::chrono::seconds(60));
    /// Whether the server closes the stream within that time; messages are kept for next().
    [[nodiscard]] bool ended(std::chrono::milliseconds within = std::chrono::seconds(60));

  private:
    struct Transfer;
    std::unique_ptr<Transfer> transfer_;
};

} // namespace throughline
