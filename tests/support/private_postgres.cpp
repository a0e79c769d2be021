#include "tests/support/private_postgres.hpp"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <pqxx/pqxx>
#include <sstream>
#include <stdexcept>
#include <unistd.h>

namespace throughline {

PrivatePostgres::PrivatePostgres(Durability durability, Environment environment)
    : durability_(durability), environment_(std::move(environment)) {
    start();
}

PrivatePostgres::~PrivatePostgres() {
    try {
        stop();
    } catch (const std::exception& error) {
        std::cerr << "a test's PostgreSQL was not stopped: " << error.what() << '\n';
    }
}

std::string PrivatePostgres::shell(const std::string& call) const {
    const std::string source(THROUGHLINE_SOURCE_DIR "/script/");
    const auto cluster = (folder_.path() / "postgres").string();
    const auto done =
        run_process({{"bash", "-euo", "pipefail", "-c",
                      "source \"$1/common.sh\"; source \"$1/postgres.sh\"; shift; " + call, "test",
                      source, cluster},
                     environment_});
    if (done.status != 0) throw std::runtime_error(done.output);
    return done.output;
}

std::string PrivatePostgres::url(const std::string& database) const {
    return shell("cluster_url \"$1\" " + database);
}

void PrivatePostgres::start() {
    shell(durability_ == Durability::fsync
              ? "own_folder \"$1\"; start_cluster \"$1\""
              : "own_folder \"$1\"; start_cluster \"$1\" 'fsync = off'");
}

void PrivatePostgres::stop() {
    if (is_frozen_) thaw();
    shell("stop_cluster \"$1\"");
}

void PrivatePostgres::kill9() {
    const auto pid = text_of_file(folder_.path() / "postgres/data/postmaster.pid");
    ::kill(static_cast<pid_t>(std::stol(pid)), SIGKILL);
}

void PrivatePostgres::freeze() {
    is_frozen_ = true;
    signal_all(SIGSTOP);
}

void PrivatePostgres::thaw() {
    signal_all(SIGCONT);
    is_frozen_ = false;
}

/// The postmaster first: it makes no more of them then.
void PrivatePostgres::signal_all(int signal) const {
    const auto file = text_of_file(folder_.path() / "postgres/data/postmaster.pid");
    const auto pid = static_cast<pid_t>(std::stol(file));
    const std::string name = std::to_string(pid);
    ::kill(pid, signal);
    std::istringstream children(text_of_file("/proc/" + name + "/task/" + name + "/children"));
    for (pid_t child = 0; children >> child;) ::kill(child, signal);
}

namespace {

std::string cluster_for_tests() {
    if (const char* url = std::getenv("THROUGHLINE_TEST_POSTGRES")) return url;
    static const PrivatePostgres own(PrivatePostgres::Durability::none);
    return own.url();
}

void run_sql(const std::string& url, const std::string& statement) {
    pqxx::connection connection(url);
    pqxx::nontransaction(connection).exec(statement);
}

// scheme://authority/database?parameters
std::string with_database(const std::string& url, const std::string& name) {
    const auto authority = url.find("://") + 3;
    const auto slash = url.find('/', authority);
    const auto question = url.find('?', authority);
    const auto end = std::min(slash, question);
    return url.substr(0, end) + "/" + name +
           (question == std::string::npos ? "" : url.substr(question));
}

} // namespace

TestDatabase::TestDatabase() : admin_url_(cluster_for_tests()) {
    static std::atomic<int> count = 0;
    name_ = "test_" + std::to_string(::getpid()) + "_" + std::to_string(++count);
    run_sql(admin_url_, "drop database if exists " + name_ + " with (force)");
    run_sql(admin_url_, "create database " + name_);
    url_ = with_database(admin_url_, name_);
}

TestDatabase::~TestDatabase() {
    try {
        run_sql(admin_url_, "drop database " + name_ + " with (force)");
    } catch (const std::exception& error) {
        std::cerr << name_ << " was not dropped: " << error.what() << '\n';
    }
}

} // namespace throughline
