#pragma once
#include <memory>
#include <string>

namespace throughline {

/// The lead among all processes on a database that ask for `name`: a session advisory lock on a
/// connection of its own, pinged every 2 s, that the server ends after 10 s of silence. So a
/// stopped leader loses its lead. A lead once lost stays lost until acquired again. What a leader
/// writes must be guarded all the same (compare and set): it learns of its loss late. Thread-safe.
class Lease {
  public:
    Lease(std::string database_url, std::string name);
    ~Lease(); // releases

    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    /// Whether the lead is ours now; asks once and never waits for it. Throws where the database
    /// is out of reach.
    [[nodiscard]] bool acquire();
    /// False once a ping failed or came so late that the server may have ended the session.
    [[nodiscard]] bool held() const;
    void release();

  private:
    struct Session;
    std::string database_url_;
    std::string name_;
    std::unique_ptr<Session> session_;
};

} // namespace throughline
