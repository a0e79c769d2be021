#include "tests/chaos/rounds.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <future>

namespace throughline {

TEST_CASE("a server whose database is gone ends when it is told to") {
    PrivatePostgres postgres;
    ServerProcess server({{"DATABASE_URL", postgres.url()}});
    HttpClient client(server.url());
    const std::string token = register_owner(server.url());
    Load load({server.url()}, token);
    REQUIRE(load.grows(50));
    load.stop();
    postgres.kill9();
    const auto write = std::async(std::launch::async, [&] {
        HttpClient writer(server.url(), {{"Authorization", "Bearer " + token}});
        try {
            return writer.post("/api/contacts", R"({"name":"A"})").status;
        } catch (const std::runtime_error&) {
            return 0; // no answer: nothing was acknowledged
        }
    });
    CHECK(wait_until([&] { return client.get("/ready").status == 503; })); // its sessions end first
    server.process().send(SIGTERM);
    CHECK(server.process().wait(std::chrono::seconds(40)) == 0);
    CHECK(write.wait_for(std::chrono::seconds(5)) == std::future_status::ready);
    postgres.start();
    server.start();
    check_whole({server}, load);
}

} // namespace throughline
