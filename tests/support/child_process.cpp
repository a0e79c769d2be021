#include "tests/support/child_process.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/wait.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace throughline {

namespace {

std::vector<std::string> variables(const Environment& given) {
    Environment all = given;
    for (const char* name : {"PATH", "HOME", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS",
                             "TSAN_OPTIONS", "LSAN_OPTIONS"})
        if (const char* value = std::getenv(name)) all.emplace(name, value);
    std::vector<std::string> lines;
    for (const auto& [name, value] : all) lines.push_back(name + "=" + value);
    return lines;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (auto& text : texts) all.push_back(text.data());
    all.push_back(nullptr);
    return all;
}

} // namespace

ChildProcess::ChildProcess(const ChildCommand& command, const std::filesystem::path& output) {
    auto arguments = command.arguments;
    auto environment = variables(command.environment);
    const auto argv = pointers(arguments);
    const auto envp = pointers(environment);
    const pid_t parent = ::getpid();
    id_ = ::fork();
    if (id_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (id_ > 0) return;

    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(file, STDOUT_FILENO);
    ::dup2(file, STDERR_FILENO);
    ::execvpe(argv[0], argv.data(), envp.data());
    ::_exit(127);
}

ChildProcess::~ChildProcess() {
    if (!running()) return;
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
}

bool ChildProcess::running() {
    if (status_) return false;
    int status = 0;
    if (::waitpid(id_, &status, WNOHANG) == 0) return true;
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    return false;
}

void ChildProcess::send(int signal) {
    if (running()) ::kill(id_, signal);
}

int ChildProcess::wait(std::chrono::milliseconds within) {
    if (!wait_until([this] { return !running(); }, within))
        throw std::runtime_error("process " + std::to_string(id_) + " does not end");
    return *status_;
}

FinishedProcess run_process(const ChildCommand& command, std::chrono::milliseconds within) {
    const TemporaryFolder folder;
    const auto output = folder.path() / "output";
    ChildProcess process(command, output);
    const int status = process.wait(within);
    return {status, text_of_file(output)};
}

std::string text_of_file(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

} // namespace throughline
