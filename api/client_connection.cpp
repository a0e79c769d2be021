#include "api/client_connection.hpp"

#include "api/transport.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/redirect_error.hpp>
#include <sys/socket.h>

namespace throughline {

using boost::system::error_code;

namespace {

constexpr std::size_t patient_bytes = 64U << 10;

/// As `recv` of one byte, which stays there.
ssize_t peek(Socket& socket) {
    char next = 0;
    return ::recv(socket.native_handle(), &next, 1, MSG_PEEK | MSG_DONTWAIT);
}

} // namespace

ClientConnection::ClientConnection(Socket socket, asio::ssl::context* tls)
    : transport_(std::make_shared<Transport>(std::move(socket), tls)) {
    error_code ignored;
    transport_->next_layer().set_option(asio::ip::tcp::no_delay(true), ignored);
    transport_->next_layer().non_blocking(true, ignored);
}

ClientConnection::~ClientConnection() { close(); }

Awaitable<bool> ClientConnection::handshake(SteadyClock::duration patience) {
    TlsStream* const tls = transport_->tls();
    if (tls == nullptr) co_return true;
    error_code fault;
    expire_after(patience);
    co_await tls->async_handshake(TlsStream::server, asio::redirect_error(use_awaitable, fault));
    co_return !fault;
}

Awaitable<std::size_t> ClientConnection::read_some(asio::mutable_buffer into) {
    error_code fault;
    std::size_t count = 0;
    if (TlsStream* const tls = transport_->tls()) {
        if (const auto ahead = co_await transport_->take_ahead())
            co_return asio::buffer_copy(into, asio::buffer(&*ahead, 1));
        count = co_await tls->async_read_some(into, asio::redirect_error(use_awaitable, fault));
    } else {
        count = co_await transport_->next_layer().async_read_some(
            into, asio::redirect_error(use_awaitable, fault));
    }
    co_return fault ? 0 : count;
}

Awaitable<bool> ClientConnection::write(std::string_view first, std::string_view second,
                                        SteadyClock::duration patience) {
    expire_after(patience);
    const auto rounds =
        static_cast<SteadyClock::rep>((first.size() + second.size()) / patient_bytes);
    const auto latest = deadline_ + patience * rounds;
    Socket& socket = transport_->next_layer();
    while (!first.empty() || !second.empty()) {
        error_code fault;
        std::size_t count = 0;
        if (TlsStream* const tls = transport_->tls()) {
            count = co_await tls->async_write_some(asio::buffer(first.empty() ? second : first),
                                                   asio::redirect_error(use_awaitable, fault));
        } else {
            const std::array parts{asio::buffer(first), asio::buffer(second)};
            count = socket.write_some(parts, fault);
            if (fault == asio::error::would_block) {
                fault.clear();
                co_await socket.async_wait(Socket::wait_write,
                                           asio::redirect_error(use_awaitable, fault));
            }
        }
        if (fault) co_return false;
        if (count != 0) deadline_ = std::min(SteadyClock::now() + patience, latest);
        const auto of_first = std::min(count, first.size());
        first.remove_prefix(of_first);
        second.remove_prefix(count - of_first);
    }
    co_return true;
}

/// What is discarded need not be deciphered.
Awaitable<void> ClientConnection::linger(std::size_t bytes, SteadyClock::duration patience) {
    error_code ignored;
    Socket& socket = transport_->next_layer();
    if (transport_->tls() != nullptr) co_await take_leave(patience);
    socket.shutdown(Socket::shutdown_send, ignored);
    expire_after(patience);
    std::array<char, 8192> discarded;
    std::size_t total = 0;
    while (total < bytes) {
        error_code fault;
        total += co_await socket.async_read_some(asio::buffer(discarded),
                                                 asio::redirect_error(use_awaitable, fault));
        if (fault) co_return;
    }
}

Awaitable<void> ClientConnection::take_leave(SteadyClock::duration patience) {
    TlsStream* const tls = transport_->tls();
    if (tls == nullptr || transport_->has_left()) co_return;
    error_code ignored;
    expire_after(patience);
    co_await tls->async_shutdown(asio::redirect_error(use_awaitable, ignored));
}

void ClientConnection::close() {
    error_code ignored;
    transport_->next_layer().close(ignored);
}

void ClientConnection::cancel() {
    error_code ignored;
    if (transport_->tls() == nullptr) transport_->next_layer().cancel(ignored);
}

bool ClientConnection::has_unread() const { return peek(transport_->next_layer()) > 0; }

bool ClientConnection::peer_has_closed() {
    if (transport_->tls() != nullptr) return transport_->has_left();
    const auto count = peek(transport_->next_layer());
    return count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

void ClientConnection::when_readable(std::function<void()> callback) {
    if (transport_->tls() != nullptr) return transport_->read_ahead(std::move(callback));
    transport_->next_layer().async_wait(Socket::wait_read,
                                        [callback = std::move(callback)](error_code fault) {
                                            if (!fault) callback();
                                        });
}

Executor ClientConnection::executor() { return transport_->get_executor(); }

std::string ClientConnection::remote_address() const {
    error_code fault;
    const auto peer = transport_->next_layer().remote_endpoint(fault);
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
