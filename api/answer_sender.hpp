#pragma once
#include "api/client_connection.hpp"
#include "api/http_wire.hpp"

namespace throughline {

/// Writes the answers of one connection, whole or piece by piece. I/O thread only.
class AnswerSender {
  public:
    AnswerSender(ClientConnection& connection, WorkerPool& workers,
                 const std::atomic<bool>& draining, SteadyClock::duration patience)
        : connection_(connection), workers_(workers), draining_(draining), patience_(patience) {}

    /// False: the connection is lost, or the body ended before its time.
    [[nodiscard]] Awaitable<bool> send(Response response, WireForm form);
    /// A stream that waits looks up: whether it has more, or the server drains.
    void wake();

  private:
    Awaitable<bool> send_stream(Response response, WireForm form);
    Awaitable<bool> send_pieces(BodyStream& stream, WireForm form);

    ClientConnection& connection_;
    WorkerPool& workers_;
    const std::atomic<bool>& draining_;
    SteadyClock::duration patience_;
    std::shared_ptr<Alarm> alarm_; // while a stream is sent
};

} // namespace throughline
