#pragma once
#include "api/answer_sender.hpp"
#include "api/body_reader.hpp"
#include "api/http_server.hpp"
#include "api/tcp_listener.hpp"
#include "api/waiting_line.hpp"

#include <atomic>
#include <boost/asio/signal_set.hpp>
#include <memory>
#include <string>
#include <unordered_set>

namespace throughline {

// What the server is made of: included by its own files alone.

struct HttpServer::State {
    State(Application& app, HttpServerOptions given) : application(app), options(std::move(given)) {
        if (!options.tls_certificate.empty()) load_certificate();
    }

    void drain();
    void load_certificate();
    void reload_on_hangup();
    Awaitable<void> accept_all();
    bool has_room();
    Awaitable<void> sweep();

    Application& application;
    const HttpServerOptions options;
    std::unordered_set<Session*> sessions;
    WaitingLine<Session> waiting; // for a request
    std::atomic<bool> draining = false;
    SteadyClock::time_point drain_deadline = SteadyClock::time_point::max();
    std::size_t max_connections = options.max_connections;
    MemoryBudget body_memory{options.body_memory, 4};     // an address has a quarter at most
    MemoryBudget answer_memory{options.answer_memory, 8}; // a caller an eighth
    asio::io_context io{1};
    Acceptor acceptor = listen_on(io, options.address, options.port);
    asio::signal_set signals{io};
    asio::signal_set hangups{io};
    std::shared_ptr<asio::ssl::context> tls; // unset: plain HTTP
    const std::uint16_t port = acceptor.local_endpoint().port();
    WorkerPool workers{options.workers};
    WorkerPool readers{options.readers};
};

/// One connection: its requests, one after the other.
class HttpServer::Session {
  public:
    Session(State& server, Socket socket)
        : server_(server), connection_(std::move(socket), server.tls.get()),
          address_(connection_.remote_address()),
          sender_(connection_, {server.workers, server.readers, server.answer_memory,
                                server.draining, server.options.write_timeout}) {
        server_.sessions.insert(this);
        place_.join();
    }
    ~Session() { server_.sessions.erase(this); }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    static Awaitable<void> serve(std::unique_ptr<Session> session);

    void close_if_overdue(SteadyClock::time_point now) {
        if (connection_.is_overdue(now) || now > server_.drain_deadline) connection_.close();
    }
    /// So that another connection can be taken.
    void give_way() {
        place_.leave();
        connection_.close();
    }
    /// Ends what waits; what is under way goes on.
    void drain() {
        if (is_idle_) connection_.close();
        sender_.wake();
    }

  private:
    using Body = BodyReader::Outcome;

    Awaitable<bool> serve_one();
    Awaitable<boost::system::error_code> read_head(RequestParser& parser);
    bool finds_room(MemoryBudget::Share& room, const Response& response, Uuid holder);
    bool give_room(MemoryBudget::Share& room, Response& response, Uuid holder, const Plan& plan,
                   const Request& request);
    Awaitable<Response> handled(Plan& plan, Request& request);
    void settle(const Plan& plan, const Request& request, Response& response,
                std::function<void()> done);

    State& server_;
    ClientConnection connection_;
    std::string address_;
    AnswerSender sender_;
    boost::beast::flat_buffer buffer_;
    bool is_idle_ = true;
    WaitingLine<Session>::Place place_{server_.waiting, *this};
};

} // namespace throughline
