#include "api/client_connection.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/redirect_error.hpp>
#include <sys/socket.h>

namespace throughline {

using boost::system::error_code;

namespace {
constexpr std::size_t patient_bytes = 64U << 10;
}

ClientConnection::ClientConnection(Socket socket) : socket_(std::move(socket)) {
    error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
}

Awaitable<std::size_t> ClientConnection::read_some(asio::mutable_buffer into) {
    error_code fault;
    const auto count =
        co_await socket_.async_read_some(into, asio::redirect_error(use_awaitable, fault));
    co_return fault ? 0 : count;
}

Awaitable<bool> ClientConnection::write(std::string_view first, std::string_view second,
                                        SteadyClock::duration patience) {
    expire_after(patience);
    const auto rounds =
        static_cast<SteadyClock::rep>((first.size() + second.size()) / patient_bytes);
    const auto latest = deadline_ + patience * rounds;
    while (!first.empty() || !second.empty()) {
        const std::array parts{asio::buffer(first), asio::buffer(second)};
        error_code fault;
        std::size_t count = socket_.write_some(parts, fault);
        if (fault == asio::error::would_block) {
            fault.clear();
            co_await socket_.async_wait(Socket::wait_write,
                                        asio::redirect_error(use_awaitable, fault));
        }
        if (fault) co_return false;
        if (count != 0) deadline_ = std::min(SteadyClock::now() + patience, latest);
        const auto of_first = std::min(count, first.size());
        first.remove_prefix(of_first);
        second.remove_prefix(count - of_first);
    }
    co_return true;
}

Awaitable<void> ClientConnection::linger(std::size_t bytes, SteadyClock::duration patience) {
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    expire_after(patience);
    std::array<char, 8192> discarded;
    std::size_t total = 0;
    while (total < bytes) {
        const auto count = co_await read_some(asio::buffer(discarded));
        if (count == 0) co_return;
        total += count;
    }
}

void ClientConnection::close() {
    error_code ignored;
    socket_.close(ignored);
}

void ClientConnection::cancel() {
    error_code ignored;
    socket_.cancel(ignored);
}

bool ClientConnection::peer_has_closed() {
    char next = 0;
    const auto count = ::recv(socket_.native_handle(), &next, 1, MSG_PEEK | MSG_DONTWAIT);
    return count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

void ClientConnection::when_readable(std::function<void()> callback) {
    socket_.async_wait(Socket::wait_read, [callback = std::move(callback)](error_code fault) {
        if (!fault) callback();
    });
}

std::string ClientConnection::remote_address() const {
    error_code fault;
    const auto peer = socket_.remote_endpoint(fault);
    return fault ? std::string() : peer.address().to_string();
}

Awaitable<void> Alarm::wait(SteadyClock::duration limit) {
    if (!rang_) {
        error_code ignored;
        timer_.expires_after(limit);
        co_await timer_.async_wait(asio::redirect_error(use_awaitable, ignored));
    }
    rang_ = false;
}

void Alarm::ring() {
    if (!rang_.exchange(true))
        asio::post(timer_.get_executor(), [self = shared_from_this()] { self->timer_.cancel(); });
}

std::function<void()> Alarm::bell() {
    return [weak = weak_from_this()] {
        if (const auto alarm = weak.lock()) alarm->ring();
    };
}

} // namespace throughline
