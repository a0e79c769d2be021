#include "tests/support/websocket_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <stdexcept>

namespace throughline {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;
using Tcp = asio::ip::tcp;

struct WebSocketClient::Wire {
    asio::io_context io;
    websocket::stream<Tcp::socket> socket{io};
    boost::beast::flat_buffer incoming;
    HttpReply reply;
    std::string pong;
    bool is_reading = false;
    std::optional<error_code> read; // how the read under way ended

    /// False where the time is over.
    template <class Condition> bool run_until(Condition done, std::chrono::milliseconds within) {
        const auto deadline = std::chrono::steady_clock::now() + within;
        io.restart();
        while (!done() && io.run_one_until(deadline) != 0) {
        }
        return done();
    }

    /// Waits for the end of what `start` begins with a handler.
    template <class Start> error_code finish(Start start) {
        std::optional<error_code> ended;
        start([&](error_code fault, auto...) { ended = fault; });
        if (run_until([&] { return ended.has_value(); }, std::chrono::seconds(60))) return *ended;
        socket.next_layer().close();
        run_until([&] { return ended.has_value(); }, std::chrono::seconds(60));
        return asio::error::timed_out;
    }
    bool write(std::string_view bytes, bool text) {
        socket.text(text);
        return !finish([&](auto done) { socket.async_write(asio::buffer(bytes), done); });
    }
};

WebSocketClient::WebSocketClient(std::uint16_t port, const std::string& target,
                                 const HttpHeaders& headers)
    : wire_(std::make_unique<Wire>()) {
    auto& socket = wire_->socket;
    socket.next_layer().connect({asio::ip::address_v4::loopback(), port});
    socket.set_option(
        websocket::stream_base::decorator([&headers](websocket::request_type& request) {
            for (const auto& [name, value] : headers) request.set(name, value);
        }));
    socket.control_callback([wire = wire_.get()](websocket::frame_type kind, auto payload) {
        if (kind == websocket::frame_type::pong) wire->pong = std::string(payload);
    });
    websocket::response_type response;
    const error_code fault = wire_->finish(
        [&](auto done) { socket.async_handshake(response, "127.0.0.1", target, done); });
    if (fault && fault != websocket::error::upgrade_declined) return;
    wire_->reply.status = static_cast<int>(response.result_int());
    for (const auto& field : response)
        wire_->reply.headers.emplace_back(field.name_string(), field.value());
    wire_->reply.body = response.body();
}

WebSocketClient::~WebSocketClient() {
    error_code ignored;
    wire_->socket.next_layer().close(ignored);
    // What is still under way ends before the objects it refers to.
    wire_->run_until([this] { return !wire_->is_reading; }, std::chrono::seconds(60));
}

const HttpReply& WebSocketClient::reply() const { return wire_->reply; }
const std::string& WebSocketClient::last_pong() const { return wire_->pong; }
bool WebSocketClient::send(std::string_view text) { return wire_->write(text, true); }
bool WebSocketClient::send_binary(std::string_view bytes) { return wire_->write(bytes, false); }

bool WebSocketClient::ping(std::string_view payload) {
    return !wire_->finish(
        [&](auto done) { wire_->socket.async_ping({payload.data(), payload.size()}, done); });
}

std::optional<std::string> WebSocketClient::next(std::chrono::milliseconds within) {
    if (!wire_->is_reading) {
        wire_->is_reading = true;
        wire_->read.reset();
        wire_->socket.async_read(wire_->incoming, [this](error_code fault, std::size_t) {
            wire_->is_reading = false;
            wire_->read = fault;
        });
    }
    if (!wire_->run_until([this] { return !wire_->is_reading; }, within) || *wire_->read)
        return std::nullopt;
    std::string text = boost::beast::buffers_to_string(wire_->incoming.data());
    wire_->incoming.consume(wire_->incoming.size());
    return text;
}

std::uint16_t WebSocketClient::close_code(std::chrono::milliseconds within) {
    while (next(within)) {
    }
    return wire_->socket.reason() ? wire_->socket.reason().code
                                  : static_cast<std::uint16_t>(websocket::close_code::abnormal);
}

bool WebSocketClient::close() {
    return !wire_->finish(
        [&](auto done) { wire_->socket.async_close(websocket::close_code::normal, done); });
}

} // namespace throughline
