#pragma once
#include "tests/support/http_client.hpp"
#include "tests/support/wait.hpp"

#include <memory>
#include <string>
#include <vector>

namespace throughline {

/// A command, and the answer its client had in the end.
struct Acknowledged {
    std::string key; // its Idempotency-Key, and what it wrote: a contact's name or job position
    std::string method;
    std::string path;
    std::string body;
    HttpReply reply;
};

/// Clients of one tenant that create and update contacts, each of their own and one together,
/// until stopped. A command without an answer, or refused for now (409, 503), is tried again
/// under its key: at the next server, where there are several.
class Load {
  public:
    Load(std::vector<std::string> urls, std::string token);
    ~Load();
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    /// How many commands were acknowledged.
    [[nodiscard]] std::size_t count() const;
    /// Waits for so many more.
    [[nodiscard]] bool grows(std::size_t by,
                             std::chrono::milliseconds within = std::chrono::seconds(60)) const;
    /// Tries that were not acknowledged, so far.
    [[nodiscard]] std::size_t failures() const;

    /// What somebody else was acknowledged meanwhile, for the checks that follow.
    void add(Acknowledged command);

    /// Every client ends as soon as its last command has its answer, after 60 s at the latest.
    void stop();
    /// Once stopped.
    [[nodiscard]] const std::vector<Acknowledged>& acknowledged() const;
    /// Once stopped: commands without an answer, and answers that should not have been.
    [[nodiscard]] const std::vector<std::string>& faults() const;

    [[nodiscard]] const std::string& token() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace throughline
