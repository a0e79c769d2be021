#pragma once
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace throughline {

using Environment = std::map<std::string, std::string>;

/// A program, its arguments and its environment: what is given here, and of the test's own only
/// PATH, HOME, TMPDIR and the sanitizers' options.
struct ChildCommand {
    std::vector<std::string> arguments; // the first is the program, found on PATH
    Environment environment;
};

/// A running program. It is killed with this object, and with the thread that started it.
class ChildProcess {
  public:
    /// Standard output and error go to the end of the file `output`; there is no input.
    ChildProcess(const ChildCommand& command, const std::filesystem::path& output);
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    [[nodiscard]] pid_t id() const { return id_; }
    [[nodiscard]] bool running();
    void send(int signal);
    /// The exit status, or minus the signal that ended it; throws when it does not end in time.
    int wait(std::chrono::milliseconds within = std::chrono::seconds(60));

  private:
    pid_t id_ = 0;
    std::optional<int> status_;
};

struct FinishedProcess {
    int status = 0;
    std::string output; // standard output and error
};
/// Runs a program to its end.
[[nodiscard]] FinishedProcess
run_process(const ChildCommand& command,
            std::chrono::milliseconds within = std::chrono::seconds(120));

[[nodiscard]] std::string text_of_file(const std::filesystem::path& file);

} // namespace throughline
