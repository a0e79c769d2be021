#include "api/http_server.hpp"

#include "api/http_session.hpp"
#include "api/tls.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <spdlog/spdlog.h>

namespace throughline {

using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds sweep_interval{100};
constexpr std::size_t own_files = 1024; // kept for the database, Kafka and uploads

} // namespace

/// For one more connection; for its sake the one that has waited longest for a request is closed.
bool HttpServer::State::has_room() {
    if (sessions.size() < max_connections) return true;
    Session* const longest = waiting.first();
    if (longest != nullptr) longest->give_way();
    return longest != nullptr;
}

Awaitable<void> HttpServer::State::accept_all() {
    Timer pause(io);
    while (acceptor.is_open()) {
        error_code fault;
        if (sessions.size() >= max_connections)
            co_await acceptor.async_wait(Acceptor::wait_read,
                                         asio::redirect_error(use_awaitable, fault));
        if (!fault && !has_room()) fault = asio::error::no_descriptors;
        if (!fault) {
            Socket socket =
                co_await acceptor.async_accept(asio::redirect_error(use_awaitable, fault));
            if (!fault)
                asio::co_spawn(io.get_executor(),
                               Session::serve(std::make_unique<Session>(*this, std::move(socket))),
                               asio::detached);
        }
        if (fault && acceptor.is_open()) {
            pause.expires_after(std::chrono::milliseconds(20));
            co_await pause.async_wait(asio::redirect_error(use_awaitable, fault));
        }
    }
}

/// Closes what is overdue. Ends, and the server with it, when all is drained.
Awaitable<void> HttpServer::State::sweep() {
    Timer timer(io);
    auto now = SteadyClock::now();
    // Past the deadline only what a worker holds is left.
    while ((!draining || !sessions.empty()) && now - 2 * sweep_interval < drain_deadline) {
        error_code ignored;
        timer.expires_after(sweep_interval);
        co_await timer.async_wait(asio::redirect_error(use_awaitable, ignored));
        now = SteadyClock::now();
        for (Session* const session : sessions) session->close_if_overdue(now);
    }
    io.stop();
}

void HttpServer::State::drain() {
    if (draining.exchange(true)) return;
    drain_deadline = SteadyClock::now() + options.shutdown_timeout;
    error_code ignored;
    acceptor.close(ignored);
    signals.clear(ignored); // a second signal ends the process
    hangups.cancel(ignored);
    for (Session* const session : sessions) session->drain();
}

void HttpServer::State::load_certificate() {
    tls = tls_context(options.tls_certificate, options.tls_key);
}

/// Connections that are open keep what they began with; so do new ones where a file is wrong.
void HttpServer::State::reload_on_hangup() {
    hangups.async_wait([this](error_code fault, int) {
        if (fault) return;
        try {
            load_certificate();
            spdlog::info("certificate and key are read again");
        } catch (const std::exception& wrong) {
            spdlog::error("the certificate stays as it was: {}", wrong.what());
        }
        reload_on_hangup();
    });
}

HttpServer::HttpServer(Application& application, HttpServerOptions options)
    : state_(std::make_unique<State>(application, std::move(options))) {
    const std::size_t files = raise_file_limit();
    const std::size_t possible = files - std::min(files / 2, own_files);
    if (possible >= state_->max_connections) return;
    state_->max_connections = possible;
    spdlog::warn("only {} files may be open: at most {} connections are taken", files, possible);
}

HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const { return state_->port; }

void HttpServer::run(bool until_signal) {
    State& state = *state_;
    if (until_signal) {
        state.signals.add(SIGINT);
        state.signals.add(SIGTERM);
        state.signals.async_wait([&state](error_code fault, int) {
            if (!fault) state.drain();
        });
        if (state.tls) {
            state.hangups.add(SIGHUP);
            state.reload_on_hangup();
        }
    }
    asio::co_spawn(state.io.get_executor(), state.accept_all(), asio::detached);
    asio::co_spawn(state.io.get_executor(), state.sweep(), asio::detached);
    state.io.run();
    state.options.on_drained();
    state.readers.stop();
    state.workers.stop();
}

void HttpServer::begin_stop() {
    asio::post(state_->io, [this] { state_->drain(); });
}

bool HttpServer::is_draining() const { return state_->draining; }

} // namespace throughline
