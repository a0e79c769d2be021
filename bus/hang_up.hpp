#pragma once
#include <mutex>

namespace pqxx {
class connection_base;
} // namespace pqxx

namespace throughline {

/// Ends what blocks on a connection to a database that neither answers nor hangs up: it fails, and
/// so does all that comes after, as if the database had hung up. Has a handle of its own on the
/// socket, since libpq may close its one, whose number is then another's. Thread-safe.
class HangUp {
  public:
    HangUp() = default;
    ~HangUp() { forget(); }
    HangUp(const HangUp&) = delete;
    HangUp& operator=(const HangUp&) = delete;

    /// What `now` ends, until it is forgotten: at the latest when the connection is closed. Throws
    /// where no file may be opened any more.
    void watch(const pqxx::connection_base& connection);
    void forget();
    void now();

  private:
    std::mutex mutex_;
    int socket_ = -1;
};

} // namespace throughline
