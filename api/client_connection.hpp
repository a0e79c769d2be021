#pragma once
#include "api/worker_pool.hpp"

#include <atomic>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace boost::asio::ssl {
class context;
}

namespace throughline {

namespace asio = boost::asio;
// Asio's types for one known executor: the type-erased ones cost a tenth of the server's speed.
using Executor = asio::io_context::executor_type;
template <class T> using Awaitable = asio::awaitable<T, Executor>;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using SteadyClock = std::chrono::steady_clock;
using Timer = asio::basic_waitable_timer<SteadyClock, asio::wait_traits<SteadyClock>, Executor>;
inline constexpr asio::use_awaitable_t<Executor> use_awaitable{};

/// The one door from coroutines to what blocks: runs `function` on a worker and comes back to the
/// I/O thread with its result, or with what it threw.
template <class Function>
Awaitable<std::invoke_result_t<Function>> run_blocking(WorkerPool& workers, Function function) {
    std::optional<std::invoke_result_t<Function>> result;
    std::exception_ptr fault;
    const auto hand_over = [&](auto resume) {
        workers.post([&, resume = std::move(resume)]() mutable {
            try {
                result.emplace(function());
            } catch (...) {
                fault = std::current_exception();
            }
            asio::post(std::move(resume));
        });
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<Executor>&, void()>(hand_over,
                                                                                  use_awaitable);
    if (fault) std::rethrow_exception(fault);
    co_return std::move(*result);
}

class Transport;

/// A client's connection, plain or with TLS. Its deadline is looked after by the server, which
/// closes it when it has passed. I/O thread only.
class ClientConnection {
  public:
    /// With a context it speaks TLS, after `handshake`.
    explicit ClientConnection(Socket socket, asio::ssl::context* tls = nullptr);
    ~ClientConnection();
    ClientConnection(const ClientConnection&) = delete;
    ClientConnection& operator=(const ClientConnection&) = delete;

    /// Of TLS; at once where there is none. False: the peer speaks another language, or is lost.
    [[nodiscard]] Awaitable<bool> handshake(SteadyClock::duration patience);
    /// How many bytes came; 0 at the end of the stream and when the connection is lost.
    [[nodiscard]] Awaitable<std::size_t> read_some(asio::mutable_buffer into);
    /// Writes both. False: lost. The deadline moves with every bit of progress, but all of it takes
    /// no longer than `patience` for each 64 KiB.
    [[nodiscard]] Awaitable<bool> write(std::string_view first, std::string_view second,
                                        SteadyClock::duration patience);
    /// Lets the peer read our last words: reads on and discards, until it closes or the bounds are
    /// reached. Closing with unread bytes would take the answer away from it.
    [[nodiscard]] Awaitable<void> linger(std::size_t bytes, SteadyClock::duration patience);
    /// Tells the peer of a TLS connection that nothing follows, and waits for it to say the same.
    [[nodiscard]] Awaitable<void> take_leave(SteadyClock::duration patience);

    void close();
    /// Gives up what `when_readable` awaits; the socket stays open.
    void cancel();
    /// Whether bytes wait that nobody has read.
    [[nodiscard]] bool has_unread() const;
    /// Whether the peer has closed its side; bytes that wait to be read hide it.
    [[nodiscard]] bool peer_has_closed();
    /// Calls back once, when there is something to read or the peer has closed.
    void when_readable(std::function<void()> callback);

    void expire_after(SteadyClock::duration patience) { deadline_ = SteadyClock::now() + patience; }
    void never_expire() { deadline_ = SteadyClock::time_point::max(); }
    [[nodiscard]] bool is_overdue(SteadyClock::time_point now) const { return deadline_ < now; }
    [[nodiscard]] std::string remote_address() const;
    [[nodiscard]] Executor executor();
    [[nodiscard]] Transport& transport() { return *transport_; } // of a WebSocket

  private:
    std::shared_ptr<Transport> transport_;
    SteadyClock::time_point deadline_ = SteadyClock::time_point::max();
};

/// Ends a wait from another thread. Everything but `ring` belongs to the I/O thread.
class Alarm : public std::enable_shared_from_this<Alarm> {
  public:
    explicit Alarm(Executor executor) : timer_(executor) {}
    /// Returns when it rings, at once where it rang since the last wait, or after `limit`.
    [[nodiscard]] Awaitable<void> wait(SteadyClock::duration limit);
    /// Thread-safe.
    void ring();
    /// Rings as long as this alarm exists, and does nothing afterwards.
    [[nodiscard]] std::function<void()> bell();

  private:
    Timer timer_;
    std::atomic<bool> rang_ = false;
};

} // namespace throughline
