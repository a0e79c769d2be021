#include "tests/support/load.hpp"
#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <sstream>

namespace throughline {
namespace {

/// One scrape: what stands on the line of each sample.
std::map<std::string, double> scrape(const TestServer& server) {
    std::map<std::string, double> samples;
    std::istringstream lines(server.anonymous().get("/metrics").body);
    for (std::string line; std::getline(lines, line);)
        if (const auto space = line.rfind(' '); !line.starts_with('#'))
            samples[line.substr(0, space)] = std::stod(line.substr(space + 1));
    return samples;
}

double sum_of(const std::map<std::string, double>& samples, const std::string& beginning) {
    double sum = 0;
    for (const auto& [name, value] : samples)
        if (name.starts_with(beginning)) sum += value;
    return sum;
}

constexpr const char* created =
    "http_requests_total{method=\"POST\",route=\"/contacts\",status=\"201\"}";

} // namespace

TEST_CASE("the metrics are right when idle, under load, and when all is done") {
    const TestServer server;
    const auto idle = scrape(server);
    CHECK(idle.at("log_head_position") == 0);
    CHECK(idle.at("event_append_batch_size_count") == 0);
    CHECK(idle.at("event_append_seconds_count") == 0);
    for (const char* name : {"list_contact", "list_organization", "audit", "timeline"}) {
        const std::string projection = std::string("{projection=\"") + name + "\"}";
        CHECK(idle.at("projection_lag_events" + projection) == 0);
        CHECK(idle.at("projection_lag_seconds" + projection) == 0);
        CHECK(idle.at(std::string("dead_letters{consumer=\"") + name + "\"}") == 0);
    }
    CHECK_FALSE(idle.contains("relay_lag_events")); // there is no topic

    Load load({server.url()}, register_owner(server.url()));
    REQUIRE(load.grows(300));
    const auto loaded = scrape(server);
    CHECK(loaded.at("log_head_position") > 300);
    CHECK(loaded.at("projection_lag_seconds{projection=\"audit\"}") < 60);
    load.stop();

    const auto is_done = [&] { return sum_of(scrape(server), "projection_lag_events") == 0; };
    REQUIRE(wait_until(is_done));
    const auto done = scrape(server);
    CHECK(sum_of(done, "projection_lag_seconds") == 0);
    CHECK(done.at("log_head_position") >= static_cast<double>(load.acknowledged().size()));
    // Every command once: those of the load and the one that registered the tenant.
    CHECK(done.at("event_append_batch_size_sum") >=
          static_cast<double>(load.acknowledged().size()));
    CHECK(done.at("event_append_batch_size_count") == done.at("event_append_seconds_count"));
    CHECK(done.at("event_append_batch_size_bucket{le=\"+Inf\"}") ==
          done.at("event_append_batch_size_count"));
    CHECK(done.at("event_append_seconds_sum") > 0);
    double creates = 0;
    for (const Acknowledged& command : load.acknowledged())
        if (command.method == "POST") ++creates;
    CHECK(done.at(created) >= creates);
    CHECK(sum_of(done, "http_request_seconds_count{method=\"POST\",route=\"/contacts\"}") >=
          creates);
}

TEST_CASE("labels are the routes', whatever is asked for") {
    const TestServer server;
    HttpClient client = server.anonymous();
    const auto before = scrape(server).size();
    for (int i = 0; i < 50; ++i) {
        const std::string number = std::to_string(i);
        CHECK(client.get("/nothing/" + number).status == 404);
        CHECK(client
                  .get("/api/contacts/00000000-0000-7000-8000-0000000000" +
                       (i < 10 ? "0" + number : number))
                  .status == 401);
        CHECK(client.request("PUT" + number, "/api/contacts").status >= 400);
    }
    CHECK(scrape(server).size() < before + 60);
}

} // namespace throughline
