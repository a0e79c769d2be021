#include "tests/support/kafka_broker.hpp"
#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <random>
#include <thread>

namespace throughline {
namespace {

/// Clients that create contacts until told to stop and remember each one that was acknowledged.
class Load {
  public:
    Load(const std::string& url, const std::string& token) {
        for (int number = 0; number < 8; ++number)
            clients_.emplace_back([this, url, token, number] { run(url, token, number); });
    }
    ~Load() { stop(); }

    std::vector<std::string> stop() {
        stopping_ = true;
        for (std::thread& client : clients_)
            if (client.joinable()) client.join();
        return acknowledged_;
    }
    [[nodiscard]] std::size_t count() {
        const std::lock_guard lock(mutex_);
        return acknowledged_.size();
    }

  private:
    void run(const std::string& url, const std::string& token, int number) {
        HttpClient client(url, {{"Authorization", "Bearer " + token}});
        client.set_timeout(std::chrono::seconds(5));
        for (int i = 0; !stopping_; ++i) {
            const std::string key = std::to_string(number) + "-" + std::to_string(i);
            // The same key until an answer comes: the command takes effect once.
            while (!stopping_ && !create(client, key)) {
            }
        }
    }

    bool create(HttpClient& client, const std::string& key) {
        try {
            const HttpReply reply = client.post("/api/contacts", R"({"name":"Load )" + key + "\"}",
                                                {{"Idempotency-Key", key}});
            if (reply.status != 201) return false;
            const std::lock_guard lock(mutex_);
            acknowledged_.push_back(body_of(reply).text("id"));
            return true;
        } catch (const std::runtime_error&) {
            std::this_thread::yield();
            return false;
        }
    }

    std::atomic<bool> stopping_ = false;
    std::mutex mutex_;
    std::vector<std::string> acknowledged_;
    std::vector<std::thread> clients_;
};

int rounds() {
    const char* text = std::getenv("CHAOS_ROUNDS");
    return text == nullptr ? 2 : std::atoi(text);
}

std::string token_of(TestServer& server) {
    HttpClient client = server.anonymous();
    const HttpReply reply = client.post("/api/auth/register",
                                        R"({"tenant_name":"T","name":"O","email":"o@example.com",)"
                                        R"("password":"correct horse"})");
    REQUIRE_MESSAGE(reply.status == 201, reply.body);
    return body_of(reply).text("access_token");
}

/// Every acknowledged contact is in the log once, the names are distinct, and verify finds no
/// fault.
void check_nothing_lost(TestServer& server, const std::string& token,
                        const std::vector<std::string>& acknowledged) {
    HttpClient client(server.url(), {{"Authorization", "Bearer " + token}});
    std::map<std::string, int> created;
    std::map<std::string, int> names;
    for (std::string from = "0"; !from.empty();) {
        const Json page =
            body_of(client.get("/api/events?limit=1000&types=contact.created&from=" + from));
        for (const Json& event : *page.find("items")->array()) {
            ++created[event.text("subject").substr(8)];
            ++names[event.find("data")->text("name")];
        }
        const auto next = page.find("pagination")->integer("next");
        from = next ? std::to_string(*next) : "";
    }
    for (const std::string& id : acknowledged)
        CHECK_MESSAGE(created[id] == 1, "contact " << id << " was acknowledged");
    for (const auto& [name, count] : names)
        CHECK_MESSAGE(count == 1, name << " was created " << count << " times");
    const auto caught_up = [&] {
        const std::string head =
            std::to_string(*body_of(client.get("/api/events?limit=1")).integer("head"));
        return client.get("/api/contacts?limit=1", {{"Throughline-Min-Position", head}}).status ==
               200;
    };
    CHECK(wait_until(caught_up, std::chrono::seconds(60)));
    const FinishedProcess verified = server.process().run({"verify"});
    CHECK_MESSAGE(verified.status == 0, verified.output);
}

} // namespace

TEST_CASE("kill -9 of the server under load loses nothing that was acknowledged") {
    TestServer server;
    const std::string token = token_of(server);
    std::mt19937 random(std::random_device{}());
    for (int round = 0; round < rounds(); ++round) {
        Load load(server.url(), token);
        const std::size_t enough = 50 + random() % 400;
        REQUIRE(wait_until([&] { return load.count() >= enough; }, std::chrono::seconds(60)));
        server.process().kill9();
        server.process().start();
        REQUIRE(wait_until([&] { return load.count() >= enough + 50; }, std::chrono::seconds(60)));
        check_nothing_lost(server, token, load.stop());
    }
}

} // namespace throughline
