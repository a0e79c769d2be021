#include "tests/support/kafka_broker.hpp"
#include "tests/support/tenant.hpp"
#include "tests/support/topic_reader.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <set>
#include <thread>

namespace throughline {
namespace {

/// Creates contacts until stopped, each under a key of its own that is tried until it is answered.
class Writer {
  public:
    Writer(const std::string& url, const HttpHeaders& token)
        : thread_([this, url, token] { run(HttpClient(url, token)); }) {}
    ~Writer() { stop(); }

    void stop() {
        stopping_ = true;
        if (thread_.joinable()) thread_.join();
    }
    [[nodiscard]] int count() const { return acknowledged_; }
    /// Once stopped.
    [[nodiscard]] const std::set<std::string>& contacts() const { return contacts_; }

  private:
    void run(HttpClient client) {
        client.set_timeout(std::chrono::seconds(5));
        for (int i = 0; !stopping_;) {
            const std::string name = "Writer " + std::to_string(i);
            try {
                const HttpReply reply = client.post("/api/contacts", R"({"name":")" + name + "\"}",
                                                    {{"Idempotency-Key", name}});
                if (reply.status != 201) continue;
                contacts_.insert(body_of(reply).text("id"));
                acknowledged_ = ++i;
            } catch (const std::runtime_error&) {
                std::this_thread::yield(); // the server is away
            }
        }
    }

    std::atomic<bool> stopping_ = false;
    std::atomic<int> acknowledged_ = 0;
    std::set<std::string> contacts_;
    std::thread thread_;
};

bool grows(const Writer& writer, int by) {
    const int before = writer.count();
    return wait_until([&] { return writer.count() >= before + by; }, std::chrono::seconds(60));
}

std::set<std::string> created_on(const std::map<int, std::vector<TopicMessage>>& partitions) {
    std::set<std::string> created;
    for (const auto& [partition, messages] : partitions)
        for (const TopicMessage& message : messages)
            for (const auto& [name, value] : message.headers)
                if (name == "ce_type" && value == "contact.created") created.insert(message.key);
    return created;
}

} // namespace

TEST_CASE("what the server acknowledged is on the topic, through a broker's outage and a kill") {
    using namespace std::chrono_literals;
    KafkaBroker broker;
    TestServer server({{"KAFKA_BROKERS", broker.address()}});
    HttpClient client = server.anonymous();
    const HttpReply registered = client.post(
        "/api/auth/register", R"({"tenant_name":"T","name":"O","email":"o@example.com",)"
                              R"("password":"correct horse"})");
    REQUIRE_MESSAGE(registered.status == 201, registered.body);
    client.set_header("Authorization", "Bearer " + body_of(registered).text("access_token"));
    Writer writer(server.url(),
                  {{"Authorization", "Bearer " + body_of(registered).text("access_token")}});
    REQUIRE(grows(writer, 100));

    broker.stop();
    const auto back_at = std::chrono::steady_clock::now() + 10s;
    REQUIRE(grows(writer, 100)); // an outage delays the topic and nothing else
    const auto relay_fault = [&] {
        return client.get("/ready").body.find(R"("degraded")") != std::string::npos;
    };
    CHECK(wait_until(relay_fault, 30s));
    CHECK(client.get("/ready").status == 200);
    REQUIRE(wait_until([&] { return std::chrono::steady_clock::now() >= back_at; }, 30s));
    broker.start();
    REQUIRE(grows(writer, 100));

    server.process().kill9();
    server.process().start();
    REQUIRE(grows(writer, 100));
    writer.stop();

    const auto head = *body_of(client.get("/api/events?limit=1")).integer("head");
    TopicReader topic(broker.address(), "throughline.events");
    const auto& partitions = topic.read_until(head);
    check_topic(partitions, head);
    CHECK(created_on(partitions) == writer.contacts());
    const auto caught_up = [&] {
        return client.get("/api/contacts", {{"Throughline-Min-Position", std::to_string(head)}})
                   .status == 200;
    };
    CHECK(wait_until(caught_up, 60s));
    const FinishedProcess verified = server.process().run({"verify"});
    CHECK_MESSAGE(verified.status == 0, verified.output);
}

} // namespace throughline
