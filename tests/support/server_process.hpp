#pragma once
#include "tests/support/child_process.hpp"
#include "tests/support/temporary_folder.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace throughline {

/// The real server, `throughline serve`, migrated and healthy when the constructor returns.
/// PORT (a free one), DATA_DIR (a temporary folder) and no rate limits are set unless given;
/// DATABASE_URL must be.
class ServerProcess {
  public:
    explicit ServerProcess(Environment environment);

    /// After terminate() or kill9(): on the same port, data and database.
    void start();
    /// From the next start on; an empty text is as good as none.
    void set_variable(const std::string& name, const std::string& value) {
        environment_[name] = value;
    }
    /// SIGTERM; returns the exit status (see ChildProcess::wait).
    int terminate();
    void kill9();

    [[nodiscard]] ChildProcess& process() { return *process_; }
    [[nodiscard]] std::uint16_t port() const;
    /// http://127.0.0.1:<port>, https where TLS_CERT is set.
    [[nodiscard]] std::string url() const;
    /// DATA_DIR.
    [[nodiscard]] std::filesystem::path data_folder() const { return environment_.at("DATA_DIR"); }
    /// Another command of the binary with the server's environment: {"verify"}.
    [[nodiscard]] FinishedProcess run(const std::vector<std::string>& arguments) const;
    /// What all runs so far wrote to standard output and error.
    [[nodiscard]] std::string output() const;
    /// What it began to lead since its output was so long: the relay, read models and what else
    /// reads the log.
    [[nodiscard]] std::set<std::string> led_since(std::size_t offset) const;

  private:
    TemporaryFolder folder_;
    Environment environment_;
    std::unique_ptr<ChildProcess> process_;
};

/// What is led on a database, by the names of its checkpoints, which a server without lag has all.
[[nodiscard]] std::set<std::string> all_that_is_led(const std::string& database_url);

} // namespace throughline
