#include "bus/hang_up.hpp"

#include <cerrno>
#include <fcntl.h>
#include <pqxx/pqxx>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace throughline {

void HangUp::watch(const pqxx::connection_base& connection) {
    forget();
    const int own = ::fcntl(connection.sock(), F_DUPFD_CLOEXEC, 0);
    if (own < 0) throw std::system_error(errno, std::generic_category(), "a database's socket");
    const std::lock_guard lock(mutex_);
    socket_ = own;
}

void HangUp::forget() {
    const std::lock_guard lock(mutex_);
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

void HangUp::now() {
    const std::lock_guard lock(mutex_);
    if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
}

} // namespace throughline
