#include "api/answer_sender.hpp"

#include <spdlog/spdlog.h>

namespace throughline {

namespace {

constexpr std::size_t joined_body = 64U << 10; // a longer body is not copied behind its head
constexpr std::chrono::milliseconds room_interval{100};

/// The head of the answer is sent: it can but end before its time.
bool no_room() {
    spdlog::warn("an export is cut off: too many large answers are on their way");
    return false;
}

class BodySink final : public PieceSink {
  public:
    BodySink(ClientConnection& connection, bool chunked, SteadyClock::duration patience)
        : connection_(connection), chunked_(chunked), patience_(patience) {}

    Awaitable<bool> put(BodyStream::Piece piece) override {
        if (chunked_) piece.bytes = chunk_text(piece.bytes, piece.last);
        co_return co_await connection_.write(piece.bytes, {}, patience_);
    }
    bool is_left() override { return connection_.peer_has_closed(); }

  private:
    ClientConnection& connection_;
    bool chunked_;
    SteadyClock::duration patience_;
};

} // namespace

Awaitable<bool> AnswerSender::send(Response response, WireForm form, Uuid holder) {
    if (response.stream) co_return co_await send_stream(std::move(response), form, holder);
    form.chunked = false;
    std::string head = head_text(response, form, std::time(nullptr));
    std::string_view body = form.head_only ? std::string_view{} : std::string_view(response.body);
    if (body.size() <= joined_body) {
        head += body;
        body = {};
    }
    co_return co_await connection_.write(head, body, home_.patience);
}

Awaitable<bool> AnswerSender::send_stream(Response response, WireForm form, Uuid holder) {
    const std::string head = head_text(response, form, std::time(nullptr));
    const bool went = co_await connection_.write(head, {}, home_.patience);
    if (!went || form.head_only) co_return went;
    connection_.when_readable(new_alarm()->bell());
    BodySink sink(connection_, form.chunked, home_.patience);
    const bool ended = co_await send_pieces(*response.stream, sink, holder);
    connection_.cancel();
    alarm_.reset();
    co_return ended;
}

/// For a piece. False where there was none in time.
Awaitable<bool> AnswerSender::find_room(MemoryBudget::Share& room, Uuid holder, std::size_t bytes,
                                        PieceSink& sink) {
    const auto deadline = SteadyClock::now() + home_.patience;
    while (!room.grow_to(holder, bytes)) {
        if (sink.is_left()) co_return false;
        if (SteadyClock::now() > deadline) co_return no_room();
        co_await alarm_->wait(room_interval);
    }
    co_return true;
}

Awaitable<bool> AnswerSender::send_pieces(BodyStream& stream, PieceSink& sink, Uuid holder) {
    const bool reads_model = stream.reads_model();
    WorkerPool& pool = reads_model ? home_.readers : home_.workers;
    bool is_told = false;
    for (;;) {
        if (home_.draining && !is_told) {
            is_told = true;
            stream.shut_down();
        }
        connection_.never_expire();
        MemoryBudget::Share room(home_.memory);
        if (reads_model && !co_await find_room(room, holder, BodyStream::piece_bytes, sink))
            co_return false;
        BodyStream::Piece piece = co_await run_blocking(pool, [&stream] { return stream.next(); });
        if (reads_model && !co_await find_room(room, holder, piece.bytes.size(), sink))
            co_return false;
        const bool is_empty = piece.bytes.empty();
        const bool is_last = piece.last;
        if (!co_await sink.put(std::move(piece))) co_return false;
        if (is_last) co_return true;
        if (!is_empty) continue;
        connection_.never_expire();
        stream.on_more(alarm_->bell());
        co_await alarm_->wait(stream.max_wait());
        if (sink.is_left()) co_return false;
    }
}

std::shared_ptr<Alarm> AnswerSender::new_alarm() {
    alarm_ = std::make_shared<Alarm>(connection_.executor());
    return alarm_;
}

void AnswerSender::wake() {
    if (alarm_) alarm_->ring();
}

} // namespace throughline
