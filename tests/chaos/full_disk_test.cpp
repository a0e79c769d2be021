#include "tests/chaos/rounds.hpp"
#include "tests/support/kafka_broker.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/small_disk.hpp"

#include "bus/ids.hpp"

#include <doctest/doctest.h>

namespace throughline {
namespace {

/// A cluster below the disk instead of TMPDIR.
std::unique_ptr<PrivatePostgres> postgres_on(const SmallDisk& disk) {
    const char* usual = std::getenv("TMPDIR");
    const std::string before = usual == nullptr ? "/tmp" : usual;
    ::setenv("TMPDIR", disk.path().c_str(), 1);
    auto postgres = std::make_unique<PrivatePostgres>();
    ::setenv("TMPDIR", before.c_str(), 1);
    return postgres;
}

} // namespace

TEST_CASE("the disk of Postgres full, and space again") {
    std::unique_ptr<SmallDisk> disk;
    try {
        disk = std::make_unique<SmallDisk>(320);
    } catch (const std::system_error& fault) {
        note_skip(std::string("this machine lets the test have no disk of its own: ") +
                  fault.what());
        return;
    }
    const auto postgres = postgres_on(*disk);
    const std::string topic = "full-disk-" + to_string(new_id());
    ServerProcess server({{"DATABASE_URL", postgres->url()},
                          {"KAFKA_BROKERS", shared_kafka()},
                          {"THROUGHLINE_KAFKA_TOPIC", topic}});
    const std::string token = register_owner(server.url());
    TopicReader reader(shared_kafka(), topic);
    for (int round = 0; round < rounds(); ++round) {
        Load load({server.url()}, token);
        REQUIRE(load.grows(50 + random_number(200)));
        disk->fill();
        // What is preallocated takes some more.
        REQUIRE(wait_until([&] { return load.failures() > 100; }, std::chrono::seconds(120)));
        disk->free();
        postgres->start(); // it may have ended: without space for its log it does
        REQUIRE(load.grows(50));
        check_whole({server}, load, reader);
    }
}

} // namespace throughline
