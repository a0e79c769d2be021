#include "tests/support/server_process.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/wait.hpp"

#include <csignal>
#include <pqxx/pqxx>
#include <stdexcept>
#include <string_view>

namespace throughline {

using namespace std::chrono_literals;

namespace {

bool healthy(const std::string& url) {
    try {
        HttpClient client(url);
        client.set_timeout(2s);
        return client.get("/health").status == 200;
    } catch (const std::runtime_error&) {
        return false; // it does not listen yet
    }
}

} // namespace

ServerProcess::ServerProcess(Environment environment) : environment_(std::move(environment)) {
    if (!environment_.contains("PORT")) environment_["PORT"] = std::to_string(free_port());
    environment_.emplace("THROUGHLINE_RATE_LIMITS", "off");
    environment_.emplace("DATA_DIR", (folder_.path() / "data").string());
    std::filesystem::create_directories(environment_.at("DATA_DIR"));
    const auto migrated = run({"migrate"});
    if (migrated.status != 0) throw std::runtime_error("migrate failed:\n" + migrated.output);
    start();
}

void ServerProcess::start() {
    process_ = std::make_unique<ChildProcess>(
        ChildCommand{{THROUGHLINE_BINARY, "serve"}, environment_}, folder_.path() / "output");
    const auto settled = [this] { return !process_->running() || healthy(url()); };
    if (!wait_until(settled, 60s) || !process_->running())
        throw std::runtime_error("the server did not start:\n" + output());
}

int ServerProcess::terminate() {
    process_->send(SIGTERM);
    return process_->wait();
}

void ServerProcess::kill9() {
    process_->send(SIGKILL);
    process_->wait();
}

std::uint16_t ServerProcess::port() const {
    return static_cast<std::uint16_t>(std::stoi(environment_.at("PORT")));
}

std::string ServerProcess::url() const {
    const std::string scheme = environment_.contains("TLS_CERT") ? "https" : "http";
    return scheme + "://127.0.0.1:" + environment_.at("PORT");
}

FinishedProcess ServerProcess::run(const std::vector<std::string>& arguments) const {
    ChildCommand command{{THROUGHLINE_BINARY}, environment_};
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    return run_process(command);
}

std::string ServerProcess::output() const { return text_of_file(folder_.path() / "output"); }

std::set<std::string> ServerProcess::led_since(std::size_t offset) const {
    // "relay leads from position 7", "subscription audit leads from position 7"
    constexpr std::string_view line = " leads from position ";
    const std::string text = output();
    std::set<std::string> names;
    for (auto at = text.find(line, offset); at != std::string::npos; at = text.find(line, at + 1)) {
        const auto name = text.find_last_of("\" ", at - 1) + 1;
        names.insert(text.substr(name, at - name));
    }
    return names;
}

std::set<std::string> all_that_is_led(const std::string& database_url) {
    pqxx::connection connection(database_url);
    std::set<std::string> names;
    for (const auto& row : pqxx::nontransaction(connection).exec("select name from checkpoints"))
        names.insert(row[0].c_str());
    return names;
}

} // namespace throughline
