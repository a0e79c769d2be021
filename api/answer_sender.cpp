#include "api/answer_sender.hpp"

namespace throughline {

namespace {
constexpr std::size_t joined_body = 64U << 10; // a longer body is not copied behind its head
}

Awaitable<bool> AnswerSender::send(Response response, WireForm form) {
    if (response.stream) co_return co_await send_stream(std::move(response), form);
    form.chunked = false;
    std::string head = head_text(response, form, std::time(nullptr));
    std::string_view body = form.head_only ? std::string_view{} : std::string_view(response.body);
    if (body.size() <= joined_body) {
        head += body;
        body = {};
    }
    co_return co_await connection_.write(head, body, patience_);
}

Awaitable<bool> AnswerSender::send_stream(Response response, WireForm form) {
    const std::string head = head_text(response, form, std::time(nullptr));
    const bool went = co_await connection_.write(head, {}, patience_);
    if (!went || form.head_only) co_return went;
    alarm_ = std::make_shared<Alarm>(connection_.executor());
    connection_.when_readable(alarm_->bell());
    const bool ended = co_await send_pieces(*response.stream, form);
    connection_.cancel();
    alarm_.reset();
    co_return ended;
}

Awaitable<bool> AnswerSender::send_pieces(BodyStream& stream, WireForm form) {
    bool is_told = false;
    for (;;) {
        if (draining_ && !is_told) {
            is_told = true;
            stream.shut_down();
        }
        connection_.never_expire();
        BodyStream::Piece piece =
            co_await run_blocking(workers_, [&stream] { return stream.next(); });
        const bool is_empty = piece.bytes.empty();
        if (form.chunked) piece.bytes = chunk_text(piece.bytes, piece.last);
        if (!co_await connection_.write(piece.bytes, {}, patience_)) co_return false;
        if (piece.last) co_return true;
        if (!is_empty) continue;
        connection_.never_expire();
        stream.on_more(alarm_->bell());
        co_await alarm_->wait(stream.max_wait());
        if (connection_.peer_has_closed()) co_return false;
    }
}

void AnswerSender::wake() {
    if (alarm_) alarm_->ring();
}

} // namespace throughline
