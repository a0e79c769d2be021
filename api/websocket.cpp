#include "api/websocket.hpp"

#include "api/problem.hpp"
#include "api/stream_encoding.hpp"
#include "api/transport.hpp"
#include "api/upgrade.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <spdlog/spdlog.h>

namespace throughline {

namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

/// How Beast ends a connection; found by its argument.
template <class Handler>
void async_teardown(boost::beast::role_type role, Transport& transport, Handler&& handler) {
    if (transport.tls() != nullptr)
        transport.tls()->async_shutdown(std::forward<Handler>(handler));
    else
        websocket::async_teardown(role, transport.next_layer(), std::forward<Handler>(handler));
}

namespace {

constexpr std::size_t most_message_bytes = 16U << 10; // as of a request's head
constexpr std::size_t frame_bytes = 64U << 10;
constexpr std::chrono::seconds farewell{20}; // for a slow client to take what is on its way
constexpr std::uint16_t slow = 4408;

std::string_view text_in(const boost::beast::flat_buffer& buffer) {
    return {static_cast<const char*>(buffer.data().data()), buffer.size()};
}

/// The token of an auth message; empty where it is none.
std::string token_in(std::string_view message) {
    const auto read = read_json(message);
    const auto* const json = std::get_if<Json>(&read);
    return json != nullptr && json->text("type") == "auth" ? json->text("token") : "";
}

/// The messages of one WebSocket. One coroutine reads all the while, so that pings are answered and
/// the peer's leaving is seen; `finish` must be awaited before the end of the object.
class Exchange final : public PieceSink {
  public:
    Exchange(ClientConnection& connection, std::shared_ptr<Alarm> alarm,
             const HttpServerOptions& options)
        : connection_(connection), alarm_(std::move(alarm)), patience_(options.write_timeout),
          close_patience_(options.drain_patience), socket_(connection.transport()) {
        socket_.read_message_max(most_message_bytes);
        socket_.auto_fragment(false);
        socket_.text(true);
        socket_.set_option(websocket::stream_base::decorator([](websocket::response_type& answer) {
            answer.set(http::field::server, "throughline");
        }));
    }

    /// Answers the upgrade and begins to read.
    Awaitable<bool> accept(const Request& request);
    /// The first message; nothing where none came in time, the peer left, or the server drains.
    Awaitable<std::optional<std::string>> first_message(const AnswerSender& sender,
                                                        SteadyClock::duration limit);
    /// Each line is a message; after the last one the closing handshake.
    Awaitable<bool> put(BodyStream::Piece piece) override;
    bool is_left() override { return !is_reading_; }
    Awaitable<void> finish();

  private:
    Awaitable<void> read_on();
    Awaitable<bool> write(std::string_view message);
    /// Whether the kernel drops what the peer has not taken when the socket is closed; else it
    /// keeps up to some megabytes of it, for minutes, where the peer has stopped reading.
    void drop_unsent(bool drops);
    Awaitable<void> close(std::uint16_t code, SteadyClock::duration limit);

    ClientConnection& connection_;
    std::shared_ptr<Alarm> alarm_;
    SteadyClock::duration patience_;
    SteadyClock::duration close_patience_;
    websocket::stream<Transport&, false> socket_;
    std::optional<std::string> first_;
    bool is_reading_ = false;
};

Awaitable<bool> Exchange::accept(const Request& request) {
    http::request<http::empty_body> upgrade(http::verb::get, "/", 11);
    upgrade.set(http::field::host, "-");
    upgrade.set(http::field::connection, "upgrade");
    upgrade.set(http::field::upgrade, "websocket");
    upgrade.set(http::field::sec_websocket_version, "13");
    upgrade.set(http::field::sec_websocket_key, std::string(request.header("sec-websocket-key")));
    connection_.expire_after(patience_);
    error_code fault;
    co_await socket_.async_accept(upgrade, asio::redirect_error(use_awaitable, fault));
    connection_.never_expire();
    if (fault) co_return false;
    drop_unsent(true);
    is_reading_ = true;
    asio::co_spawn(connection_.executor(), read_on(), asio::detached);
    co_return true;
}

Awaitable<void> Exchange::read_on() {
    try {
        boost::beast::flat_buffer message;
        error_code fault;
        while (!fault) {
            co_await socket_.async_read(message, asio::redirect_error(use_awaitable, fault));
            if (!fault && !first_) {
                first_ = std::string(text_in(message));
                alarm_->ring();
            }
            message.clear();
        }
    } catch (const std::exception& fault) {
        spdlog::error("a WebSocket is given up: {}", fault.what());
    }
    is_reading_ = false;
    alarm_->ring();
}

Awaitable<std::optional<std::string>> Exchange::first_message(const AnswerSender& sender,
                                                              SteadyClock::duration limit) {
    const auto deadline = SteadyClock::now() + limit;
    while (!first_ && is_reading_ && !sender.is_draining() && SteadyClock::now() < deadline)
        co_await alarm_->wait(deadline - SteadyClock::now());
    co_return std::exchange(first_, std::string());
}

Awaitable<bool> Exchange::put(BodyStream::Piece piece) {
    std::string_view rest = piece.bytes;
    while (!rest.empty()) {
        const auto message = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), message.size() + 1));
        if (!co_await write(message)) co_return false;
    }
    if (piece.last) co_await close(close_code(piece.status), close_patience_);
    co_return true;
}

/// In frames of a bounded size, each with a deadline of its own.
Awaitable<bool> Exchange::write(std::string_view message) {
    while (!message.empty()) {
        const auto frame = message.substr(0, frame_bytes);
        message.remove_prefix(frame.size());
        const auto begun = SteadyClock::now();
        connection_.expire_after(patience_ + farewell);
        error_code fault;
        co_await socket_.async_write_some(message.empty(), asio::buffer(frame),
                                          asio::redirect_error(use_awaitable, fault));
        if (fault) co_return false;
        if (SteadyClock::now() - begun > patience_) {
            co_await close(slow, farewell);
            co_return false;
        }
    }
    co_return true;
}

Awaitable<void> Exchange::close(std::uint16_t code, SteadyClock::duration limit) {
    connection_.expire_after(limit);
    drop_unsent(false);
    error_code ignored;
    co_await socket_.async_close(static_cast<websocket::close_code>(code),
                                 asio::redirect_error(use_awaitable, ignored));
}

void Exchange::drop_unsent(bool drops) {
    error_code ignored;
    connection_.transport().next_layer().set_option(asio::socket_base::linger(drops, 0), ignored);
}

Awaitable<void> Exchange::finish() {
    connection_.close();
    while (is_reading_) co_await alarm_->wait(std::chrono::seconds(1));
}

/// The token that came as a message stands for the header that did not.
Awaitable<Response> admitted_by_message(const WebSocketHome& home, Exchange& exchange, Plan& plan,
                                        Request& request) {
    const auto message = co_await exchange.first_message(home.sender, home.options.head_timeout);
    if (home.sender.is_draining())
        co_return problem_response(503, "The server is shutting down. Connect again.", request);
    const std::string token = message ? token_in(*message) : "";
    if (token.empty())
        co_return problem_response(
            401, R"(The first message is {"type": "auth", "token"} with a valid token.)", request);
    co_return co_await run_blocking(
        home.workers, [&] { return home.application.respond_with_token(plan, request, token); });
}

Awaitable<void> run(const WebSocketHome& home, Exchange& exchange, Plan& plan, Request& request,
                    Response& answer) {
    if (!co_await exchange.accept(request)) co_return;
    if (!answer.stream) answer = co_await admitted_by_message(home, exchange, plan, request);
    if (answer.stream) {
        co_await home.sender.send_pieces(*answer.stream, exchange, Uuid{});
        co_return;
    }
    BodyStream::Piece refusal{{}, true, answer.status};
    websocket_messages().closed(refusal.bytes, answer.body);
    co_await exchange.put(std::move(refusal));
}

} // namespace

Awaitable<void> serve_websocket(WebSocketHome home, Plan& plan, Request& request, Response answer) {
    Exchange exchange(home.connection, home.sender.new_alarm(), home.options);
    std::exception_ptr fault;
    try {
        co_await run(home, exchange, plan, request, answer);
    } catch (...) {
        fault = std::current_exception();
    }
    co_await exchange.finish();
    if (fault) std::rethrow_exception(fault);
}

} // namespace throughline
