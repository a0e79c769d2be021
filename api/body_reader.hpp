#pragma once
#include "api/application.hpp"
#include "api/client_connection.hpp"
#include "api/http_server.hpp"
#include "api/memory_budget.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <optional>
#include <string>

namespace throughline {

using RequestParser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;

/// Reads on into the buffer; false at the end of the stream and when the connection is lost.
[[nodiscard]] Awaitable<bool> fill(ClientConnection& connection, boost::beast::flat_buffer& buffer);

/// What the reading of bodies needs of the server it goes on in.
struct BodyHome {
    Application& application;
    const HttpServerOptions& options;
    WorkerPool& workers;
    ClientConnection& connection;
    boost::beast::flat_buffer& buffer;
};

/// Takes the body of one request, whose head the parser has, off the connection: into memory, or to
/// a file for a route that takes uploads. I/O thread only.
class BodyReader {
  public:
    BodyReader(BodyHome home, RequestParser& parser, MemoryBudget& memory)
        : home_(home), parser_(parser), memory_(memory) {}

    enum class Outcome { complete, unread, lost };
    /// May set the plan's refusal. What it takes of memory is given back with this object.
    [[nodiscard]] Awaitable<Outcome> take(Plan& plan, Request& request);

  private:
    Awaitable<Outcome> read(Plan& plan, Request& request);
    Awaitable<Outcome> spool(Plan& plan, Request& request);
    Awaitable<boost::system::error_code> read_piece(std::string& into, std::size_t size);

    BodyHome home_;
    RequestParser& parser_;
    MemoryBudget::Share memory_;
};

} // namespace throughline
