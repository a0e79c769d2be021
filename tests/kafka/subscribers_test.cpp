#include "bus/relay.hpp"
#include "bus/republish.hpp"
#include "tests/support/kafka_broker.hpp"
#include "tests/support/private_postgres.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/test_log.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <sstream>

using namespace throughline;
using namespace std::chrono_literals;

namespace {

/// What pip may need to reach an index.
Environment pip_environment() {
    Environment environment;
    for (const char* name : {"PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CERT", "PIP_FIND_LINKS",
                             "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "https_proxy"})
        if (const char* value = std::getenv(name)) environment.emplace(name, value);
    return environment;
}

/// A Python with confluent-kafka in a folder; empty where that cannot be had.
std::string python_in(const std::filesystem::path& folder) {
    const auto venv = (folder / "venv").string();
    const std::string script = "python3 -m venv " + venv + " && " + venv +
                               "/bin/pip install -q --retries 1 --timeout 20 confluent-kafka";
    if (run_process({{"bash", "-c", script}, pip_environment()}, 200s).status != 0) return {};
    return venv + "/bin/python";
}

std::vector<std::string> sequences_in(const std::filesystem::path& output) {
    std::istringstream text(text_of_file(output));
    std::vector<std::string> sequences;
    for (std::string line; std::getline(text, line);)
        if (line.starts_with('0')) // else a fault that Kafka's client got over
            sequences.push_back(line.substr(0, line.find(' ')));
    return sequences;
}

} // namespace

TEST_CASE("the Python subscriber resumes and sees every event once") {
    const TemporaryFolder folder;
    const std::string python = python_in(folder.path());
    if (python.empty()) {
        note_skip("confluent-kafka cannot be installed (no Python venv, or no PyPI)");
        return;
    }
    const TestDatabase database;
    TestLog log(database.url());
    KafkaSettings settings;
    settings.brokers = shared_kafka();
    settings.topic = "subscribers-" + to_string(new_id());
    auto relay = std::make_unique<Relay>(log.url, settings, log.signal);
    relay->start();
    const Uuid streams[] = {new_id(), new_id(), new_id()};
    std::int64_t head = 0;
    for (const Uuid& stream : streams) head = log.append(stream, 50);
    REQUIRE(wait_until([&] { return log.checkpoint("relay") == head; }, 60s));

    const auto output = folder.path() / "output";
    const ChildCommand command{{python, THROUGHLINE_SOURCE_DIR "/docs/subscribe/subscriber.py"},
                               {{"KAFKA_BROKERS", settings.brokers},
                                {"TOPIC", settings.topic},
                                {"GROUP", settings.topic},
                                {"STATE", (folder.path() / "state").string()}}};
    const auto has_seen = [&](std::int64_t count) {
        return wait_until(
            [&] { return static_cast<std::int64_t>(sequences_in(output).size()) >= count; }, 90s);
    };
    {
        ChildProcess subscriber(command, output);
        REQUIRE(has_seen(head));
    } // killed
    log.sql("update checkpoints set position = 20 where name = 'relay'"); // all but 20 come again
    for (const Uuid& stream : streams) head = log.append(stream, 10);
    REQUIRE(wait_until([&] { return log.checkpoint("relay") == head; }, 60s));
    ChildProcess subscriber(command, output);
    REQUIRE(has_seen(head));

    auto seen = sequences_in(output);
    std::ranges::sort(seen);
    std::vector<std::string> expected;
    for (std::int64_t position = 1; position <= head; ++position)
        expected.push_back(sequence_text(position));
    CHECK(seen == expected);

    // A log under a new id is another log: all of it comes, once more.
    relay.reset();
    CHECK(republish(log.url, 1, true).events == head);
    relay = std::make_unique<Relay>(log.url, settings, log.signal);
    relay->start();
    REQUIRE(has_seen(2 * head));
    seen = sequences_in(output);
    seen.erase(seen.begin(), seen.begin() + head);
    std::ranges::sort(seen);
    CHECK(seen == expected);
}
