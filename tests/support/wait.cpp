#include "tests/support/wait.hpp"

#include <fcntl.h>
#include <filesystem>
#include <netinet/in.h>
#include <random>
#include <string>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

namespace throughline {

namespace {

bool can_bind(std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool bound =
        ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(socket);
    return bound;
}

/// By a lock that ends with the process.
bool can_reserve(std::uint16_t port) {
    const auto path =
        std::filesystem::temp_directory_path() / ("throughline-port-" + std::to_string(port));
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file >= 0 && ::flock(file, LOCK_EX | LOCK_NB) == 0) return true;
    if (file >= 0) ::close(file);
    return false;
}

} // namespace

std::uint16_t free_port() {
    std::random_device random;
    std::uniform_int_distribution<std::uint16_t> ports(20'000, 32'000);
    for (;;) {
        const auto port = ports(random);
        if (can_bind(port) && can_reserve(port)) return port;
    }
}

} // namespace throughline
