#include "api/http_session.hpp"

#include "api/client_address.hpp"
#include "api/problem.hpp"
#include "api/request_head.hpp"
#include "api/trace.hpp"
#include "api/websocket.hpp"
#include "domain/text.hpp"

#include <algorithm>
#include <optional>
#include <spdlog/spdlog.h>

namespace throughline {

namespace http = boost::beast::http;
using boost::system::error_code;
using Parser = RequestParser;

namespace {

constexpr std::size_t small_answer = 64U << 10; // a socket takes it whole

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
        request.headers.emplace_back(ascii_lower(field.name_string()), std::string(field.value()));
    }
    return request;
}

/// In whose part of the memory for answers this one's is.
Uuid holder_of(const Request& request) {
    return request.principal ? request.principal->tenant_id
                             : bucket_of_address(request.remote_address);
}

std::optional<HeadFault> wrong_with(const Request& request, bool is_http11, error_code fault) {
    if (fault == http::error::header_limit)
        return HeadFault{431, "Request line and headers are over their limit."};
    return fault ? HeadFault{} : fault_of_head(request, is_http11);
}

Plan refused(const HeadFault& wrong, Request& request) {
    request.traceparent = new_traceparent();
    Plan plan;
    plan.refusal = problem_response(wrong.status, std::string(wrong.detail), request);
    return plan;
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

/// For an answer that is large; of one in pieces that read a model, for the first, which takes room
/// of its own once it is made.
bool HttpServer::Session::finds_room(MemoryBudget::Share& room, const Response& response,
                                     Uuid holder) {
    if (response.stream)
        return !response.stream->reads_model() ||
               MemoryBudget::Share(server_.answer_memory).grow_to(holder, BodyStream::piece_bytes);
    return response.body.size() <= small_answer || room.grow_to(holder, response.body.size());
}

/// False where there is none: then the response tells that.
bool HttpServer::Session::give_room(MemoryBudget::Share& room, Response& response, Uuid holder,
                                    const Plan& plan, const Request& request) {
    // The answer to a write tells what was done.
    const bool is_read = request.method == "GET" || request.method == "HEAD";
    if (!is_read || finds_room(room, response, holder)) return true;
    response =
        server_.application.given_up("Too many large answers are on their way.", plan, request);
    return false;
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
    const auto wrong = wrong_with(request, is_http11, fault);
    if (wrong) {
        plan = refused(*wrong, request);
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
    const bool is_large = response.body.size() > small_answer || response.stream;
    const Uuid holder = is_large ? holder_of(request) : Uuid{};
    const bool has_room = give_room(room, response, holder, plan, request);
    const bool keeps =
        body == Body::complete && is_http11 && parser.keep_alive() && !server_.draining && has_room;
    const bool went = co_await sender_.send(std::move(response),
                                            {keeps, request.method == "HEAD", is_http11}, holder);
    const bool leaves_unread =
        body == Body::unread || (!keeps && (buffer_.size() != 0 || connection_.has_unread()));
    if (went && leaves_unread)
        co_await connection_.linger(server_.options.drain_bytes, server_.options.drain_patience);
    co_return (went && keeps);
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

} // namespace throughline
