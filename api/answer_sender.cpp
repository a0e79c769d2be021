#include "api/answer_sender.hpp"

namespace throughline {

namespace {

constexpr std::size_t joined_body = 64U << 10; // a longer body is not copied behind its head

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

Awaitable<bool> AnswerSender::send(Response response, WireForm form) {
    if (response.stream) co_return co_await send_stream(std::move(response), form);
    form.chunked = false;
    std::string head = head_text(response, form, std::time(nullptr));
    std::string_view body = form.head_only ? std::string_view{} : std::string_view(response.body);
    if (body.size() <= joined_body) {
        head += body;
        body = {};
    }
    co_return co_await connection_.write(head, body, home_.patience);
}

Awaitable<bool> AnswerSender::send_stream(Response response, WireForm form) {
    const std::string head = head_text(response, form, std::time(nullptr));
    const bool went = co_await connection_.write(head, {}, home_.patience);
    if (!went || form.head_only) co_return went;
    connection_.when_readable(new_alarm()->bell());
    BodySink sink(connection_, form.chunked, home_.patience);
    const bool ended = co_await send_pieces(*response.stream, sink);
    connection_.cancel();
    alarm_.reset();
    co_return ended;
}

Awaitable<bool> AnswerSender::send_pieces(BodyStream& stream, PieceSink& sink) {
    WorkerPool& pool = stream.reads_model() ? home_.readers : home_.workers;
    bool is_told = false;
    for (;;) {
        if (home_.draining && !is_told) {
            is_told = true;
            stream.shut_down();
        }
        connection_.never_expire();
        BodyStream::Piece piece = co_await run_blocking(pool, [&stream] { return stream.next(); });
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
