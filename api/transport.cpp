#include "api/transport.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>

namespace throughline {

using boost::system::error_code;

Transport::Transport(Socket socket, asio::ssl::context* context)
    : socket_(std::move(socket)), read_(socket_.get_executor()) {
    read_.expires_at(SteadyClock::time_point::max());
    if (context != nullptr) tls_.emplace(socket_, *context);
}

void Transport::read_ahead(std::function<void()> callback) {
    if (ahead_ || has_left_) return callback();
    on_ahead_ = std::move(callback);
    if (std::exchange(is_reading_ahead_, true)) return;
    tls_->async_read_some(asio::buffer(&byte_, 1),
                          [self = shared_from_this()](error_code fault, std::size_t) {
                              self->is_reading_ahead_ = false;
                              if (fault)
                                  self->has_left_ = true;
                              else
                                  self->ahead_ = self->byte_;
                              self->read_.cancel();
                              self->on_ahead_();
                          });
}

Awaitable<std::optional<char>> Transport::take_ahead() {
    error_code ignored;
    while (is_reading_ahead_)
        co_await read_.async_wait(asio::redirect_error(use_awaitable, ignored));
    co_return std::exchange(ahead_, std::nullopt);
}

} // namespace throughline
