#pragma once
#include "api/client_connection.hpp"

#include <boost/asio/ssl/stream.hpp>
#include <optional>

namespace throughline {

using TlsStream = asio::ssl::stream<Socket&>;

/// The bytes of one connection: a socket, and TLS over it where the server speaks that. Read and
/// written as Asio's streams are. Shared, because reading ahead may outlive the connection. I/O
/// thread only.
class Transport : public std::enable_shared_from_this<Transport> {
  public:
    Transport(Socket socket, asio::ssl::context* context);

    using executor_type = Executor;
    [[nodiscard]] Executor get_executor() { return socket_.get_executor(); }
    [[nodiscard]] Socket& next_layer() { return socket_; }
    [[nodiscard]] TlsStream* tls() { return tls_ ? &*tls_ : nullptr; } // nullptr: plain

    template <class Buffers, class Token> auto async_read_some(const Buffers& into, Token&& token) {
        if (tls_) return tls_->async_read_some(into, std::forward<Token>(token));
        return socket_.async_read_some(into, std::forward<Token>(token));
    }
    template <class Buffers, class Token>
    auto async_write_some(const Buffers& from, Token&& token) {
        if (tls_) return tls_->async_write_some(from, std::forward<Token>(token));
        return socket_.async_write_some(from, std::forward<Token>(token));
    }

    /// TLS cannot be asked whether something waits, only read: one byte ahead. Calls back once,
    /// when it is there or the peer has left.
    void read_ahead(std::function<void()> callback);
    /// Waits for the reading ahead, where it goes on, and gives what it took; nothing where it took
    /// nothing.
    [[nodiscard]] Awaitable<std::optional<char>> take_ahead();
    /// Whether the reading ahead met the end.
    [[nodiscard]] bool has_left() const { return has_left_; }

  private:
    Socket socket_;
    std::optional<TlsStream> tls_;
    std::function<void()> on_ahead_;
    Timer read_; // rings when the reading ahead ends
    bool is_reading_ahead_ = false;
    bool has_left_ = false;
    char byte_ = 0;
    std::optional<char> ahead_;
};

} // namespace throughline
