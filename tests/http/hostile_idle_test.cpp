#include "tests/support/bystander.hpp"
#include "tests/support/load.hpp"
#include "tests/support/raw_connection.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>
#include <sys/resource.h>
#include <vector>

namespace throughline {
namespace {

constexpr std::size_t wanted = 10'000;
constexpr std::size_t spare = 512; // files of ours and of the server beside the connections

/// As many idle connections as the machine allows.
std::size_t possible_connections() {
    rlimit limit{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
    if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max >= wanted + spare) return wanted;
    const auto fewer = static_cast<std::size_t>(limit.rlim_max) - spare;
    note_skip(fmt::format("only {} open files are allowed here: {} idle connections instead of {}",
                          limit.rlim_max, fewer, wanted));
    return fewer;
}

/// "soft hard" of the process's open files.
std::pair<std::string, std::string> file_limits(pid_t process) {
    std::ifstream file("/proc/" + std::to_string(process) + "/limits");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("Max open files")) {
            std::istringstream words(line.substr(14));
            std::pair<std::string, std::string> out;
            words >> out.first >> out.second;
            return out;
        }
    return {};
}

} // namespace

TEST_CASE("ten thousand idle connections take little and keep nobody out") {
    rlimit few{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &few) == 0);
    few.rlim_cur = std::min<rlim_t>(1024, few.rlim_max); // as a login shell has it
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
    TestServer server;
    const auto [soft, hard] = file_limits(server.process().process().id());
    CHECK(soft == hard);

    const std::size_t count = possible_connections();
    const std::size_t before = peak_memory(server.process().process().id());
    Bystander bystander(server);
    std::vector<std::unique_ptr<RawConnection>> idle;
    idle.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        idle.push_back(std::make_unique<RawConnection>(server.process().port()));
        // Half of them have been served, a quarter is in the middle of a head.
        if (i % 2 == 0) idle.back()->send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
        if (i % 4 == 1) idle.back()->send("GET /health HTTP/1.1\r\nHost: ");
    }
    CHECK(bystander.is_served(100));
    for (std::size_t i = 0; i < count; i += 2)
        REQUIRE(idle[i]->read_until("\"ok\"}").starts_with("HTTP/1.1 200"));
    CHECK(bystander.is_served(100));
    CHECK(bystander.fault().empty());
    const std::size_t grown = peak_memory(server.process().process().id()) - before;
    MESSAGE(count << " idle connections: " << grown << " MiB more");
    CHECK(grown < memory_bound / 2);
    idle.clear();
    CHECK(bystander.is_served());
    check_unharmed(server);
}

TEST_CASE("a server that has run out of files goes on with what it has") {
    TestServer server;
    {
        // So that it has as many sessions of the database as it will need.
        Load load({server.url()}, register_owner(server.url()));
        REQUIRE(load.grows(100));
    }
    Bystander bystander(server);
    REQUIRE(bystander.is_served());
    const rlimit low{400, 400};
    REQUIRE(::prlimit(server.process().process().id(), RLIMIT_NOFILE, &low, nullptr) == 0);
    std::vector<std::unique_ptr<RawConnection>> idle;
    for (int i = 0; i < 600; ++i)
        idle.push_back(std::make_unique<RawConnection>(server.process().port()));
    CHECK(bystander.is_served(50));
    idle.clear();
    CHECK(wait_until([&] { return server.anonymous().get("/health").status == 200; }));
    CHECK(bystander.fault().empty());
    check_unharmed(server);
}

} // namespace throughline
