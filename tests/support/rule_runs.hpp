#pragma once
#include "tests/support/http_sink.hpp"
#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

namespace throughline {

/// A tenant whose rules may send requests to a sink on loopback.
struct Runs {
    using Texts = std::vector<std::string>;

    TestServer server{{{"THROUGHLINE_HTTP_ALLOW_PRIVATE", "127.0.0.0/8"},
                       {"THROUGHLINE_RUN_ATTEMPTS", "3"},
                       {"THROUGHLINE_RUN_BACKOFF_MS", "20"}}};
    HttpClient client = server.new_tenant();
    std::atomic<int> status = 200; // that the sink answers
    HttpSink sink{[this](const SunkRequest&) { return http_answer(status, R"({"ok":true})"); }};

    Runs() { (void)client.request("PATCH", "/api/tenant", R"({"http_allowlist":["127.0.0.1"]})"); }

    std::string rule(const std::string& trigger, const std::string& actions,
                     const std::string& more = "") {
        const HttpReply reply =
            client.post("/api/automations", R"({"name":"R","trigger":)" + trigger +
                                                R"(,"actions":)" + actions + more + "}");
        REQUIRE_MESSAGE(reply.status == 201, reply.body);
        return body_of(reply).text("id");
    }
    std::string on(const std::string& event, const std::string& actions,
                   const std::string& more = "") {
        return rule(R"({"type":"event","event":")" + event + "\"}", actions, more);
    }
    [[nodiscard]] std::string request(const std::string& body = R"({"c":"{{contact.id}}"})") const {
        return R"([{"type":"http.request","method":"POST","url":")" + sink.url("/in") +
               R"(","body":)" + body + "}]";
    }
    std::string contact(const std::string& name = "Ada Lovelace") {
        return create_contact(client, R"({"name":")" + name + "\"}").text("id");
    }
    JsonArray runs(const std::string& rule, const std::string& query = "") {
        return *body_of(client.get("/api/automations/" + rule + "/runs" + query))
                    .find("items")
                    ->array();
    }
    /// Whether the rule has one run, which waits in its first action.
    bool waits(const std::string& rule) {
        return wait_until([&] {
            const auto all = runs(rule);
            return all.size() == 1 && !all[0].find("actions")->array()->empty() &&
                   all[0].text("status") == "waiting";
        });
    }
    /// The statuses of its runs, once there are so many and all have ended.
    Texts ended(const std::string& rule, std::size_t count) {
        Texts statuses;
        CHECK(wait_until([&] {
            statuses.clear();
            for (const Json& run : runs(rule)) statuses.push_back(run.text("status"));
            return statuses.size() == count &&
                   std::ranges::none_of(statuses, [](const std::string& one) {
                       return one == "waiting" || one == "running";
                   });
        }));
        return statuses;
    }
    /// Whether the metrics come to have so many runs of a status.
    bool counted(const std::string& status_of, int count) {
        const std::string line = "status=\"" + status_of + "\"} " + std::to_string(count) + "\n";
        return wait_until(
            [&] { return client.get("/metrics").body.find(line) != std::string::npos; });
    }
    JsonArray items(const std::string& path) {
        return *body_of(client.get(path)).find("items")->array();
    }
    /// Of a list, once there are so many.
    JsonArray items(const std::string& path, std::size_t count) {
        JsonArray found;
        CHECK(wait_until([&] { return (found = items(path)).size() == count; }));
        return found;
    }
};

} // namespace throughline
