#include "api/http_server.hpp"

#include "api/answer_sender.hpp"
#include "api/problem.hpp"
#include "api/tcp_listener.hpp"
#include "api/trace.hpp"
#include "api/upload_spool.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unordered_set>

namespace throughline {

namespace http = boost::beast::http;
using boost::system::error_code;
using Parser = http::request_parser<http::buffer_body>;

namespace {

constexpr std::size_t read_size = 4096;
constexpr std::size_t memory_piece = 16U << 10;
constexpr std::size_t spool_piece = 256U << 10;
constexpr std::chrono::milliseconds sweep_interval{100};

} // namespace

struct HttpServer::State {
    State(Application& app, HttpServerOptions given)
        : application(app), options(std::move(given)) {}

    void drain();
    Awaitable<void> accept_all();
    Awaitable<void> sweep();

    Application& application;
    const HttpServerOptions options;
    std::unordered_set<Session*> sessions;
    std::atomic<bool> draining = false;
    SteadyClock::time_point drain_deadline = SteadyClock::time_point::max();
    asio::io_context io{1};
    Acceptor acceptor = listen_on(io, options.address, options.port);
    asio::signal_set signals{io};
    const std::uint16_t port = acceptor.local_endpoint().port();
    WorkerPool workers{options.workers};
};

/// One connection: its requests, one after the other.
class HttpServer::Session {
  public:
    Session(State& server, Socket socket)
        : server_(server), connection_(std::move(socket)), address_(connection_.remote_address()),
          sender_(connection_, server.workers, server.draining, server.options.write_timeout) {
        server_.sessions.insert(this);
    }
    ~Session() { server_.sessions.erase(this); }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    static Awaitable<void> serve(std::unique_ptr<Session> session);

    void close_if_overdue(SteadyClock::time_point now) {
        if (connection_.is_overdue(now) || now > server_.drain_deadline) connection_.close();
    }
    /// Ends what waits; what is under way goes on.
    void drain() {
        if (is_idle_) connection_.close();
        sender_.wake();
    }

  private:
    enum class Body { complete, unread, lost };

    Awaitable<bool> serve_one();
    Awaitable<bool> fill();
    Awaitable<error_code> read_head(Parser& parser);
    Awaitable<Body> take_body(Parser& parser, Plan& plan, Request& request);
    Awaitable<Body> read_body(Parser& parser, Plan& plan, Request& request);
    Awaitable<Body> spool_body(Parser& parser, Plan& plan, Request& request);
    Awaitable<error_code> read_piece(Parser& parser, std::string& into, std::size_t size);

    State& server_;
    ClientConnection connection_;
    std::string address_;
    AnswerSender sender_;
    boost::beast::flat_buffer buffer_;
    bool is_idle_ = true;
};

namespace {

/// Why a head that Beast took is refused all the same; 0 where it is not.
int fault_of_head(const Parser& parser) {
    const auto& head = parser.get();
    const auto codings = head.count(http::field::transfer_encoding);
    if (codings != 0 && (head.count(http::field::content_length) != 0 || head.version() < 11))
        return 400;
    if (codings > 1 ||
        (codings == 1 && !boost::beast::iequals(head[http::field::transfer_encoding], "chunked")))
        return 501;
    const auto hosts = head.count(http::field::host);
    return hosts > 1 || (hosts == 0 && head.version() >= 11) ? 400 : 0;
}

Response bad_head(int status, const Request& request) {
    switch (status) {
    case 431:
        return problem_response(status, "Request line and headers are over their limit.", request);
    case 501:
        return problem_response(status, "The only transfer coding taken is chunked.", request);
    default: return problem_response(status, "This is not an HTTP/1.1 request.", request);
    }
}

Request request_of(const Parser& parser) {
    const auto& head = parser.get();
    Request request;
    request.method = std::string(head.method_string());
    request.target = std::string(head.target());
    for (const auto& field : head) {
        std::string name(field.name_string());
        std::ranges::transform(name, name.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
        });
        request.headers.emplace_back(std::move(name), std::string(field.value()));
    }
    return request;
}

std::optional<std::uint64_t> length_of(const Parser& parser) {
    const auto length = parser.content_length();
    return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

/// The refusal that a part of the body calls for, if any.
std::optional<Response> fault_of_body(error_code fault, std::size_t size, const Plan& plan,
                                      const Request& request) {
    if (fault) return problem_response(400, "The chunks of the body cannot be read.", request);
    if (size > plan.body_limit)
        return problem_response(
            413, fmt::format("The body has more than {} bytes.", plan.body_limit), request);
    return std::nullopt;
}

} // namespace

Awaitable<void> HttpServer::Session::serve(std::unique_ptr<Session> session) {
    try {
        while (co_await session->serve_one()) {
        }
    } catch (const std::exception& fault) {
        spdlog::error("a connection is given up: {}", fault.what());
    }
}

Awaitable<bool> HttpServer::Session::fill() {
    const auto count = co_await connection_.read_some(buffer_.prepare(read_size));
    buffer_.commit(count);
    co_return count != 0;
}

/// `end_of_stream` where the client is gone or too slow.
Awaitable<error_code> HttpServer::Session::read_head(Parser& parser) {
    const auto skip_empty_lines = [this] {
        while (std::string_view(static_cast<const char*>(buffer_.data().data()), buffer_.size())
                   .starts_with("\r\n"))
            buffer_.consume(2);
    };
    skip_empty_lines();
    is_idle_ = buffer_.size() == 0;
    connection_.expire_after(server_.options.idle_timeout);
    if (is_idle_ && (server_.draining || !co_await fill())) co_return http::error::end_of_stream;
    is_idle_ = false;
    skip_empty_lines();
    connection_.expire_after(server_.options.head_timeout);
    for (;;) {
        error_code fault;
        buffer_.consume(parser.put(buffer_.data(), fault));
        if (parser.is_header_done() || (fault && fault != http::error::need_more))
            co_return fault == http::error::need_more ? error_code{} : fault;
        if (!co_await fill()) co_return http::error::end_of_stream;
    }
}

/// Appends `size` bytes of the body; less only where the body ends.
Awaitable<error_code> HttpServer::Session::read_piece(Parser& parser, std::string& into,
                                                      std::size_t size) {
    const auto begin = into.size();
    into.resize(begin + size);
    auto& body = parser.get().body();
    body.data = into.data() + begin;
    body.size = size;
    error_code fault;
    while (!parser.is_done() && body.size != 0) {
        if ((buffer_.size() == 0 || fault == http::error::need_more) && !co_await fill())
            co_return http::error::end_of_stream;
        fault.clear();
        buffer_.consume(parser.put(buffer_.data(), fault));
        if (fault && fault != http::error::need_more && fault != http::error::need_buffer)
            co_return fault;
    }
    into.resize(begin + size - body.size);
    co_return error_code{};
}

Awaitable<HttpServer::Session::Body> HttpServer::Session::read_body(Parser& parser, Plan& plan,
                                                                    Request& request) {
    connection_.expire_after(server_.options.body_timeout);
    while (!parser.is_done()) {
        const auto left = parser.content_length_remaining();
        const auto size = left ? std::min<std::uint64_t>(*left, memory_piece) : memory_piece;
        const auto fault = co_await read_piece(parser, request.body, size);
        if (fault == http::error::end_of_stream) co_return Body::lost;
        if (auto refusal = fault_of_body(fault, request.body.size(), plan, request)) {
            plan.refusal = std::move(refusal);
            co_return Body::unread;
        }
    }
    co_return Body::complete;
}

Awaitable<HttpServer::Session::Body> HttpServer::Session::spool_body(Parser& parser, Plan& plan,
                                                                     Request& request) {
    auto& workers = server_.workers;
    const auto& folder = server_.options.spool_folder;
    auto spool =
        co_await run_blocking(workers, [&folder] { return std::make_unique<UploadSpool>(folder); });
    std::size_t total = 0;
    std::string piece;
    while (!parser.is_done()) {
        connection_.expire_after(server_.options.body_timeout);
        piece.clear();
        const auto fault = co_await read_piece(parser, piece, spool_piece);
        if (fault == http::error::end_of_stream) co_return Body::lost;
        total += piece.size();
        if (auto refusal = fault_of_body(fault, total, plan, request)) {
            plan.refusal = std::move(refusal);
            co_return Body::unread;
        }
        connection_.never_expire();
        co_await run_blocking(workers, [&] { return spool->write(piece), true; });
    }
    request.upload_hash = co_await run_blocking(workers, [&] { return spool->finish(); });
    request.upload = spool->keep();
    co_return Body::complete;
}

Awaitable<HttpServer::Session::Body> HttpServer::Session::take_body(Parser& parser, Plan& plan,
                                                                    Request& request) {
    const auto expectation = request.header("expect");
    if (!expectation.empty() && !boost::beast::iequals(expectation, "100-continue"))
        plan.refusal = problem_response(417, "The only expectation met is 100-continue.", request);
    if (plan.spools && !plan.refusal) {
        connection_.never_expire();
        co_await run_blocking(server_.workers,
                              [&] { return server_.application.admit(plan, request), true; });
    }
    if (plan.refusal && (plan.refusal->status == 413 || plan.spools || !expectation.empty()))
        co_return parser.is_done() ? Body::complete : Body::unread;
    if (!expectation.empty() && buffer_.size() == 0 &&
        !co_await connection_.write("HTTP/1.1 100 Continue\r\n\r\n", {},
                                    server_.options.write_timeout))
        co_return Body::lost;
    if (!plan.spools) co_return co_await read_body(parser, plan, request);
    try {
        co_return co_await spool_body(parser, plan, request);
    } catch (const std::exception& fault) {
        spdlog::error("an upload cannot be kept: {}", fault.what());
        plan.refusal =
            problem_response(503, "The body cannot be kept now. Try again later.", request);
        co_return Body::unread;
    }
}

/// True where the connection takes another request.
Awaitable<bool> HttpServer::Session::serve_one() {
    Parser parser;
    parser.header_limit(server_.options.head_limit);
    parser.body_limit(boost::none);
    const auto fault = co_await read_head(parser);
    if (fault == http::error::end_of_stream) co_return false;
    auto& application = server_.application;
    Request request = request_of(parser);
    request.remote_address = address_;
    Plan plan;
    auto body = Body::unread;
    if (const int status = fault == http::error::header_limit ? 431
                           : fault                            ? 400
                                                              : fault_of_head(parser)) {
        request.traceparent = new_traceparent();
        plan.refusal = bad_head(status, request);
    } else {
        plan = application.plan(request, length_of(parser));
        const bool has_body = !parser.is_done() || plan.spools;
        body = has_body ? co_await take_body(parser, plan, request) : Body::complete;
    }
    if (body == Body::lost) co_return false;
    connection_.never_expire();
    Response response;
    if (plan.refusal)
        response = application.respond(plan, request);
    else
        response = co_await run_blocking(server_.workers,
                                         [&] { return application.respond(plan, request); });
    const bool is_http11 = parser.get().version() >= 11;
    const bool keeps =
        body == Body::complete && is_http11 && parser.keep_alive() && !server_.draining;
    const bool went =
        co_await sender_.send(std::move(response), {keeps, request.method == "HEAD", is_http11});
    if (went && body == Body::unread)
        co_await connection_.linger(server_.options.drain_bytes, server_.options.drain_patience);
    co_return went&& keeps;
}

Awaitable<void> HttpServer::State::accept_all() {
    Timer pause(io);
    while (acceptor.is_open()) {
        error_code fault = asio::error::no_descriptors;
        if (sessions.size() < options.max_connections) {
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
    for (Session* const session : sessions) session->drain();
}

HttpServer::HttpServer(Application& application, HttpServerOptions options)
    : state_(std::make_unique<State>(application, std::move(options))) {
    raise_file_limit(state_->options.max_connections + 1024);
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
    }
    asio::co_spawn(state.io.get_executor(), state.accept_all(), asio::detached);
    asio::co_spawn(state.io.get_executor(), state.sweep(), asio::detached);
    state.io.run();
    state.options.on_drained();
    state.workers.stop();
}

void HttpServer::stop() {
    asio::post(state_->io, [this] { state_->drain(); });
}

bool HttpServer::is_draining() const { return state_->draining; }

} // namespace throughline
