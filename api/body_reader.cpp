#include "api/body_reader.hpp"

#include "api/client_address.hpp"
#include "api/problem.hpp"
#include "api/upload_spool.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace throughline {

namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr std::size_t read_size = 4096;
constexpr std::size_t memory_piece = 16U << 10; // a body of one piece needs no room
constexpr std::size_t spool_piece = 256U << 10;

/// The refusal that a part of the body calls for, if any.
std::optional<Response> fault_of_body(error_code fault, std::size_t size, const Plan& plan,
                                      const Request& request) {
    if (fault) return problem_response(400, "The chunks of the body cannot be read.", request);
    if (size > plan.body_limit)
        return problem_response(
            413, fmt::format("The body has more than {} bytes.", plan.body_limit), request);
    return std::nullopt;
}

/// Whose the memory for a body is: who sends it is not known yet.
Uuid holder_of(const Request& request) { return bucket_of_address(request.remote_address); }

Response no_room(const Request& request) {
    return problem_response(503, "Too many bodies arrive at once. Try again later.", request);
}

} // namespace

Awaitable<bool> fill(ClientConnection& connection, boost::beast::flat_buffer& buffer) {
    const auto count = co_await connection.read_some(buffer.prepare(read_size));
    buffer.commit(count);
    co_return count != 0;
}

/// Appends `size` bytes of the body; less only where the body ends.
Awaitable<error_code> BodyReader::read_piece(std::string& into, std::size_t size) {
    const auto begin = into.size();
    into.resize(begin + size);
    auto& body = parser_.get().body();
    body.data = into.data() + begin;
    body.size = size;
    error_code fault;
    while (!parser_.is_done() && body.size != 0) {
        // The line before a chunk, and what follows the last one, may be as long as a head.
        if (fault == http::error::need_more && home_.buffer.size() > home_.options.head_limit)
            co_return http::error::header_limit;
        if ((home_.buffer.size() == 0 || fault == http::error::need_more) &&
            !co_await fill(home_.connection, home_.buffer))
            co_return http::error::end_of_stream;
        fault.clear();
        home_.buffer.consume(parser_.put(home_.buffer.data(), fault));
        if (fault && fault != http::error::need_more && fault != http::error::need_buffer)
            co_return fault;
    }
    into.resize(begin + size - body.size);
    co_return error_code{};
}

Awaitable<BodyReader::Outcome> BodyReader::read(Plan& plan, Request& request) {
    home_.connection.expire_after(home_.options.body_timeout);
    const bool is_wanted = !plan.refusal;
    std::size_t total = 0;
    while (!parser_.is_done()) {
        const auto left = parser_.content_length_remaining();
        const auto size = left ? std::min<std::uint64_t>(*left, memory_piece) : memory_piece;
        const auto before = request.body.size();
        const auto fault = co_await read_piece(request.body, size);
        if (fault == http::error::end_of_stream) co_return Outcome::lost;
        total += request.body.size() - before;
        auto refusal = fault_of_body(fault, total, plan, request);
        const auto held = request.body.capacity();
        if (!refusal && held > memory_piece && !memory_.grow_to(holder_of(request), held))
            refusal = no_room(request);
        if (refusal) {
            plan.refusal = std::move(refusal);
            co_return Outcome::unread;
        }
        if (!is_wanted) request.body.clear();
    }
    co_return Outcome::complete;
}

Awaitable<BodyReader::Outcome> BodyReader::spool(Plan& plan, Request& request) {
    auto& workers = home_.workers;
    const auto& folder = home_.options.spool_folder;
    if (!memory_.grow_to(holder_of(request), spool_piece)) {
        plan.refusal = no_room(request);
        co_return Outcome::unread;
    }
    auto file =
        co_await run_blocking(workers, [&folder] { return std::make_unique<UploadSpool>(folder); });
    std::size_t total = 0;
    std::string piece;
    while (!parser_.is_done()) {
        home_.connection.expire_after(home_.options.body_timeout);
        piece.clear();
        const auto fault = co_await read_piece(piece, spool_piece);
        if (fault == http::error::end_of_stream) co_return Outcome::lost;
        total += piece.size();
        if (auto refusal = fault_of_body(fault, total, plan, request)) {
            plan.refusal = std::move(refusal);
            co_return Outcome::unread;
        }
        home_.connection.never_expire();
        co_await run_blocking(workers, [&] { return file->write(piece), true; });
    }
    request.upload_hash = co_await run_blocking(workers, [&] { return file->finish(); });
    request.upload = file->keep();
    co_return Outcome::complete;
}

Awaitable<BodyReader::Outcome> BodyReader::take(Plan& plan, Request& request) {
    const auto expectation = request.header("expect");
    if (!expectation.empty() && !boost::beast::iequals(expectation, "100-continue"))
        plan.refusal = problem_response(417, "The only expectation met is 100-continue.", request);
    if (plan.spools && !plan.refusal) {
        home_.connection.never_expire();
        co_await run_blocking(home_.workers,
                              [&] { return home_.application.admit(plan, request), true; });
    }
    if (plan.refusal && (plan.refusal->status == 413 || plan.spools || !expectation.empty()))
        co_return parser_.is_done() ? Outcome::complete : Outcome::unread;
    if (!expectation.empty() && home_.buffer.size() == 0 &&
        !co_await home_.connection.write("HTTP/1.1 100 Continue\r\n\r\n", {},
                                         home_.options.write_timeout))
        co_return Outcome::lost;
    if (!plan.spools) co_return co_await read(plan, request);
    try {
        co_return co_await spool(plan, request);
    } catch (const std::exception& fault) {
        spdlog::error("an upload cannot be kept: {}", fault.what());
        plan.refusal =
            problem_response(503, "The body cannot be kept now. Try again later.", request);
        co_return Outcome::unread;
    }
}

} // namespace throughline
