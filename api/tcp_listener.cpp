#include "api/tcp_listener.hpp"

#include <fmt/format.h>
#include <stdexcept>
#include <sys/resource.h>

namespace throughline {

Acceptor listen_on(asio::io_context& io, const std::string& address, std::uint16_t port) {
    boost::system::error_code fault;
    const auto ip = asio::ip::make_address(address, fault);
    if (fault)
        throw std::runtime_error(fmt::format("{} is not an IP address to listen on", address));
    const asio::ip::tcp::endpoint endpoint(ip, port);
    Acceptor acceptor(io);
    acceptor.open(endpoint.protocol());
    acceptor.set_option(Acceptor::reuse_address(true));
    acceptor.bind(endpoint, fault);
    if (!fault) acceptor.listen(asio::socket_base::max_listen_connections, fault);
    if (fault)
        throw std::runtime_error(
            fmt::format("cannot listen on {} port {}: {}", address, port, fault.message()));
    return acceptor;
}

std::size_t raise_file_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
    if (limit.rlim_cur < limit.rlim_max) {
        const rlimit raised{limit.rlim_max, limit.rlim_max};
        if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) return limit.rlim_max;
    }
    return limit.rlim_cur;
}

} // namespace throughline
