#include "api/http_server.hpp"

#include "api/answer_sender.hpp"
#include "api/body_reader.hpp"
#include "api/client_address.hpp"
#include "api/problem.hpp"
#include "api/request_head.hpp"
#include "api/tcp_listener.hpp"
#include "api/tls.hpp"
#include "api/trace.hpp"
#include "api/waiting_line.hpp"
#include "api/websocket.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <spdlog/spdlog.h>
#include <unordered_set>

namespace throughline {

namespace http = boost::beast::http;
using boost::system::error_code;
using Parser = RequestParser;

namespace {

constexpr std::chrono::milliseconds sweep_interval{100};
constexpr std::size_t small_answer = 64U << 10; // a socket takes it whole
constexpr std::size_t own_files = 1024;         // kept for the database, Kafka and uploads
constexpr std::size_t callers_parts = 8;        // of the memory for answers
constexpr std::size_t addresses_parts = 4;      // of that for bodies

} // namespace

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
    MemoryBudget body_memory{options.body_memory, addresses_parts};
    MemoryBudget answer_memory{options.answer_memory, callers_parts};
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
    Awaitable<error_code> read_head(Parser& parser);
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

namespace {

Request request_of(const Parser& parser) {
    const auto& head = parser.get();
    Request request;
    request.method = std::string(head.method_string());
    request.target = std::string(head.target());
    for (const auto& field : head) {
        // RFC 9110 sections 7.8 and 10.1.1: HTTP/1.0 knows no upgrade and no expectation.
        const bool is_newer =
            field.name() == http::field::upgrade || field.name() == http::field::expect;
        if (head.version() < 11 && is_newer) continue;
        std::string name(field.name_string());
        std::ranges::transform(name, name.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
        });
        request.headers.emplace_back(std::move(name), std::string(field.value()));
    }
    return request;
}

/// In whose part of the memory for answers this one's is.
Uuid holder_of(const Request& request) {
    return request.principal ? request.principal->tenant_id
                             : bucket_of_address(request.remote_address);
}

std::optional<std::uint64_t> length_of(const Parser& parser) {
    const auto length = parser.content_length();
    return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

} // namespace

Awaitable<void> HttpServer::Session::serve(std::unique_ptr<Session> session) {
    try {
        const auto& options = session->server_.options;
        if (!co_await session->connection_.handshake(options.head_timeout)) co_return;
        while (co_await session->serve_one()) {
        }
        co_await session->connection_.take_leave(options.drain_patience);
    } catch (const std::exception& fault) {
        spdlog::error("a connection is given up: {}", fault.what());
    }
}

/// `end_of_stream` where the client is gone or too slow.
Awaitable<error_code> HttpServer::Session::read_head(Parser& parser) {
    const auto skip_empty_lines = [this] {
        while (std::string_view(static_cast<const char*>(buffer_.data().data()), buffer_.size())
                   .starts_with("\r\n"))
            buffer_.consume(2);
    };
    place_.join();
    skip_empty_lines();
    is_idle_ = buffer_.size() == 0;
    connection_.expire_after(server_.options.idle_timeout);
    if (is_idle_ && (server_.draining || !co_await fill(connection_, buffer_)))
        co_return http::error::end_of_stream;
    is_idle_ = false;
    skip_empty_lines();
    connection_.expire_after(server_.options.head_timeout);
    for (;;) {
        error_code fault;
        const auto used = parser.put(buffer_.data(), fault);
        const std::string_view lines(static_cast<const char*>(buffer_.data().data()), used);
        if (has_folded_header(lines)) fault = http::error::bad_obs_fold;
        buffer_.consume(used);
        if (parser.is_header_done() || (fault && fault != http::error::need_more))
            co_return fault == http::error::need_more ? error_code{} : fault;
        if (!co_await fill(connection_, buffer_)) co_return http::error::end_of_stream;
    }
}

/// True where the connection takes another request.
Awaitable<bool> HttpServer::Session::serve_one() {
    Parser parser;
    parser.header_limit(server_.options.head_limit);
    parser.body_limit(boost::none);
    const auto fault = co_await read_head(parser);
    if (fault == http::error::end_of_stream) co_return false;
    place_.leave();
    auto& application = server_.application;
    Request request = request_of(parser);
    request.remote_address = address_;
    Plan plan;
    auto body = Body::unread;
    BodyReader reader({application, server_.options, server_.workers, connection_, buffer_}, parser,
                      server_.body_memory);
    const bool is_http11 = parser.get().version() >= 11;
    const auto wrong = fault == http::error::header_limit
                           ? HeadFault{431, "Request line and headers are over their limit."}
                       : fault ? HeadFault{}
                               : fault_of_head(request, is_http11);
    if (wrong) {
        request.traceparent = new_traceparent();
        plan.refusal = problem_response(wrong->status, std::string(wrong->detail), request);
    } else {
        plan = application.plan(request, length_of(parser));
        const bool has_body = !parser.is_done() || plan.spools;
        body = has_body ? co_await reader.take(plan, request) : Body::complete;
    }
    if (body == Body::lost) co_return false;
    connection_.never_expire();
    Response response;
    // No conditional expression: GCC 12 destroys the temporary of one with co_await twice.
    if (plan.refusal || plan.route->waits_for_nothing)
        response = application.respond(plan, request);
    else
        response = co_await handled(plan, request);
    if (response.status == 101 && buffer_.size() == 0) {
        co_await serve_websocket(
            {application, server_.options, server_.workers, connection_, sender_}, plan, request,
            std::move(response));
        co_return false;
    }
    if (response.status == 101)
        response = problem_response(400, "Frames came before the upgrade was answered.", request);
    MemoryBudget::Share room(server_.answer_memory);
    const bool is_large = response.body.size() > small_answer;
    const Uuid holder = is_large || response.stream ? holder_of(request) : Uuid{};
    // The answer to a write tells what was done.
    const bool is_read = request.method == "GET" || request.method == "HEAD";
    if (is_read && is_large && !room.grow_to(holder, response.body.size()))
        response = application.given_up("Too many large answers are on their way.", plan, request);
    const bool keeps =
        body == Body::complete && is_http11 && parser.keep_alive() && !server_.draining;
    const bool went = co_await sender_.send(std::move(response),
                                            {keeps, request.method == "HEAD", is_http11}, holder);
    const bool leaves_unread =
        body == Body::unread || (!keeps && (buffer_.size() != 0 || connection_.has_unread()));
    if (went && leaves_unread)
        co_await connection_.linger(server_.options.drain_bytes, server_.options.drain_patience);
    co_return went&& keeps;
}

/// Runs the handler on a worker. What reads a read model waits in a queue of its own: many threads
/// that wait for few connections cost more than the reading. Where its answer is pending, a worker
/// makes it once that is ready: none waits.
Awaitable<Response> HttpServer::Session::handled(Plan& plan, Request& request) {
    Response response;
    const auto hand_over = [&](auto resume) {
        const auto held = std::make_shared<decltype(resume)>(std::move(resume));
        WorkerPool& workers = plan.reads_model ? server_.readers : server_.workers;
        workers.post([this, &plan, &request, &response, held] {
            response = server_.application.respond(plan, request);
            settle(plan, request, response, [held] { asio::post(std::move(*held)); });
        });
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<Executor>&, void()>(hand_over,
                                                                                  use_awaitable);
    co_return std::move(response);
}

/// Calls `done` once the response is no longer pending.
void HttpServer::Session::settle(const Plan& plan, const Request& request, Response& response,
                                 std::function<void()> done) {
    if (!response.pending) return done();
    response.pending->on_ready([this, &plan, &request, &response, done = std::move(done)] {
        server_.workers.post([this, &plan, &request, &response, done] {
            auto pending = std::move(response.pending);
            response = server_.application.complete(*pending, plan, request);
            pending.reset(); // what it holds is free once the answer is heard
            settle(plan, request, response, done);
        });
    });
}

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

void HttpServer::stop() {
    asio::post(state_->io, [this] { state_->drain(); });
}

bool HttpServer::is_draining() const { return state_->draining; }

} // namespace throughline
