#include "bus/event.hpp"
#include "tests/bus/sample_event.hpp"

#include <doctest/doctest.h>

#include <array>
#include <stdexcept>

using namespace throughline;

namespace {

StoredEvent reread(const StoredEvent& event) {
    StoredEvent read;
    read_meta(meta_text(event.origin, event.links), read);
    read.origin.correlation_id = event.origin.correlation_id; // has a column of its own
    return read;
}

} // namespace

TEST_CASE("meta keeps who, how and why") {
    const StoredEvent event = full_event();
    const StoredEvent read = reread(event);
    CHECK(read.origin == event.origin);
    CHECK(read.links == event.links);
}

TEST_CASE("meta says only what is not usual") {
    StoredEvent event;
    event.origin.actor_id = uuid_of("0198a7a0-0000-7000-8000-000000000001");
    CHECK(meta_text(event.origin, {}) ==
          R"({"actor":"0198a7a0-0000-7000-8000-000000000001","by":"system","channel":"system"})");
    CHECK(reread(event).origin == event.origin);
}

TEST_CASE("meta with all there is has its fixed form") {
    const StoredEvent event = full_event();
    CHECK(meta_text(event.origin, event.links) ==
          R"({"actor":"0198a7a0-0000-7000-8000-00000000000a","by":"import","channel":"import",)"
          R"("cause":"0198a7a0-0000-7000-8000-00000000000c",)"
          R"("trace":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",)"
          R"("automations":"later","details":{"import_id":"x","row":7},)"
          R"("links":[["organization","0198a7a0-0000-7000-8000-0000000000ff"]]})");
}

TEST_CASE("broken meta is thrown, not guessed") {
    StoredEvent event;
    CHECK_THROWS_AS(read_meta("{", event), std::runtime_error);
    CHECK_THROWS_AS(read_meta(R"({"by":"user"})", event), std::runtime_error);
    CHECK_THROWS_AS(links_of(R"([["contact"]])"), std::runtime_error);
}

TEST_CASE("data of an older version is brought to the newest, step by step") {
    static constexpr auto rename = [](JsonObject data) {
        Json value = *data.find("title");
        data.erase("title");
        data.set("name", std::move(value));
        return data;
    };
    static constexpr auto add = [](JsonObject data) {
        data.set("tags", JsonArray{});
        return data;
    };
    const std::array<Upcaster, 2> upcasters{
        {{"contact.created", 1, rename}, {"contact.created", 2, add}}};
    StoredEvent event;
    event.type = "contact.created";
    event.data = R"({"title":"Ada"})";
    CHECK(to_text(current_data(event, upcasters)) == R"({"name":"Ada","tags":[]})");
    event.schema_version = 2;
    event.data = R"({"name":"Ada"})";
    CHECK(to_text(current_data(event, upcasters)) == R"({"name":"Ada","tags":[]})");
    event.schema_version = 3;
    CHECK(to_text(current_data(event, upcasters)) == R"({"name":"Ada"})");
    event.type = "contact.deleted";
    event.schema_version = 1;
    CHECK(to_text(current_data(event, upcasters)) == R"({"name":"Ada"})");
}

TEST_CASE("current data keeps the digits of numbers") {
    StoredEvent event;
    event.type = "deal.created";
    event.data = R"({"value":1200.10})";
    CHECK(to_text(current_data(event)) == event.data);
    event.data = "[]";
    CHECK_THROWS_AS(current_data(event), std::runtime_error);
}
