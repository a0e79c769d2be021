#include "tests/support/tls_tunnel.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <thread>

namespace throughline {

namespace asio = boost::asio;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

struct Pair {
    Pair(tcp::socket client, asio::ssl::context& context)
        : plain(std::move(client)), cipher(plain.get_executor(), context) {}
    tcp::socket plain;
    asio::ssl::stream<tcp::socket> cipher;
};

/// Moves bytes one way to the end, which is the end of what they were written to as well.
template <class From, class To>
asio::awaitable<void> move_on(std::shared_ptr<Pair> pair, From& from, To& to) {
    std::array<char, 16 << 10> bytes;
    error_code fault;
    error_code lost; // then the rest is read and dropped, so that what came back can be read
    for (;;) {
        const auto count = co_await from.async_read_some(
            asio::buffer(bytes), asio::redirect_error(use_awaitable, fault));
        if (fault) break;
        if (!lost)
            co_await asio::async_write(to, asio::buffer(bytes, count),
                                       asio::redirect_error(use_awaitable, lost));
    }
    if constexpr (std::is_same_v<To, tcp::socket>)
        to.shutdown(tcp::socket::shutdown_send, fault);
    else
        co_await to.async_shutdown(asio::redirect_error(use_awaitable, fault));
    pair->cipher.next_layer().close(fault);
}

asio::awaitable<void> serve(std::shared_ptr<Pair> pair, std::uint16_t server) {
    error_code fault;
    const tcp::endpoint there(asio::ip::address_v4::loopback(), server);
    co_await pair->cipher.next_layer().async_connect(there,
                                                     asio::redirect_error(use_awaitable, fault));
    if (!fault)
        co_await pair->cipher.async_handshake(asio::ssl::stream_base::client,
                                              asio::redirect_error(use_awaitable, fault));
    if (fault) co_return;
    const auto executor = pair->plain.get_executor();
    asio::co_spawn(executor, move_on(pair, pair->plain, pair->cipher), asio::detached);
    asio::co_spawn(executor, move_on(pair, pair->cipher, pair->plain), asio::detached);
}

} // namespace

struct TlsTunnel::State {
    asio::io_context io{1};
    asio::ssl::context context{asio::ssl::context::tls_client};
    tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
    std::thread thread;

    asio::awaitable<void> accept_all(std::uint16_t server) {
        for (;;) {
            tcp::socket client = co_await acceptor.async_accept(use_awaitable);
            asio::co_spawn(io, serve(std::make_shared<Pair>(std::move(client), context), server),
                           asio::detached);
        }
    }
};

TlsTunnel::TlsTunnel(std::uint16_t server) : state_(std::make_unique<State>()) {
    asio::co_spawn(state_->io, state_->accept_all(server), asio::detached);
    state_->thread = std::thread([this] { state_->io.run(); });
}

TlsTunnel::~TlsTunnel() {
    state_->io.stop();
    state_->thread.join();
}

std::uint16_t TlsTunnel::port() const { return state_->acceptor.local_endpoint().port(); }

} // namespace throughline
