#pragma once
#include "api/client_connection.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <cstdint>
#include <string>

namespace throughline {

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;

/// Listens on an IP address; port 0 is any free one. Throws std::runtime_error, with what to tell
/// the operator, where the address is none or the port is taken.
[[nodiscard]] Acceptor listen_on(asio::io_context& io, const std::string& address,
                                 std::uint16_t port);

/// Raises the process's soft limit of open files, which is usually 1024, as far as it may; gives
/// back what it is then.
std::size_t raise_file_limit();

} // namespace throughline
