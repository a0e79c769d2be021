#pragma once
#include "tests/support/http_client.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace throughline {

/// A client of one WebSocket at 127.0.0.1. Used by one thread at a time.
class WebSocketClient {
  public:
    /// Asks for the upgrade; `reply` is what the server answered, 101 where it took it.
    WebSocketClient(std::uint16_t port, const std::string& target, const HttpHeaders& headers = {});
    ~WebSocketClient();
    WebSocketClient(const WebSocketClient&) = delete;
    WebSocketClient& operator=(const WebSocketClient&) = delete;

    [[nodiscard]] const HttpReply& reply() const;
    /// False where the connection is lost.
    bool send(std::string_view text);
    bool send_binary(std::string_view bytes);
    bool ping(std::string_view payload);
    /// The next message; nothing when none came in time or the server ended the WebSocket.
    [[nodiscard]] std::optional<std::string>
    next(std::chrono::milliseconds within = std::chrono::seconds(60));
    /// Reads on to the end. The code that the server closed with; 1006 where it said none.
    [[nodiscard]] std::uint16_t
    close_code(std::chrono::milliseconds within = std::chrono::seconds(60));
    /// Our side of the closing handshake. False where the server does not answer it.
    [[nodiscard]] bool close();
    /// The payload of the last pong that came while something was read.
    [[nodiscard]] const std::string& last_pong() const;

  private:
    struct Wire;
    std::unique_ptr<Wire> wire_;
};

} // namespace throughline
