#pragma once
#include "api/client_connection.hpp"
#include "api/http_wire.hpp"
#include "api/memory_budget.hpp"

namespace throughline {

/// Where the pieces of a stream go. I/O thread only.
class PieceSink {
  public:
    virtual ~PieceSink() = default;
    /// False: the connection is lost.
    [[nodiscard]] virtual Awaitable<bool> put(BodyStream::Piece piece) = 0;
    /// Whether the peer has gone.
    [[nodiscard]] virtual bool is_left() = 0;
};

/// What the sending of answers needs of the server it goes on in.
struct AnswerHome {
    WorkerPool& workers;
    WorkerPool& readers;
    MemoryBudget& memory;
    const std::atomic<bool>& draining;
    SteadyClock::duration patience;
};

/// Writes the answers of one connection, whole or piece by piece. I/O thread only.
class AnswerSender {
  public:
    AnswerSender(ClientConnection& connection, AnswerHome home)
        : connection_(connection), home_(home) {}

    /// False: the connection is lost, or the body ended before its time. The holder is whose the
    /// pieces of a stream are.
    [[nodiscard]] Awaitable<bool> send(Response response, WireForm form, Uuid holder);
    /// Takes pieces from the stream as they come and hands them to the sink, to the last one. False
    /// where the sink is lost or left, or where there was no room in time for a piece of a read
    /// model, which the holder's memory is taken for. The peer's leaving rings the `alarm`.
    [[nodiscard]] Awaitable<bool> send_pieces(BodyStream& stream, PieceSink& sink, Uuid holder);
    /// A stream that waits looks up: whether it has more, or the server drains.
    void wake();
    /// What `wake` rings from now on.
    [[nodiscard]] std::shared_ptr<Alarm> new_alarm();
    [[nodiscard]] bool is_draining() const { return home_.draining; }

  private:
    Awaitable<bool> send_stream(Response response, WireForm form, Uuid holder);
    Awaitable<bool> find_room(MemoryBudget::Share& room, Uuid holder, std::size_t bytes,
                              PieceSink& sink);

    ClientConnection& connection_;
    AnswerHome home_;
    std::shared_ptr<Alarm> alarm_; // while a stream is sent
};

} // namespace throughline
