#include "tests/api/event_stream_fixture.hpp"

using namespace throughline;
using namespace throughline::event_streams;

TEST_CASE("a stream shows the tenant's events of the log, then those that come") {
    Fixture fixture;
    fixture.append_some(3000);
    fixture.hub.start();
    EventStream stream(fixture.log.store, fixture.hub, Fixture::from(0));
    Client client(stream);
    client.read_events(2000);
    fixture.append_some(300);
    const auto expected = fixture.log.positions({ours, {}, {}, {}});
    client.read_events(expected.size());
    CHECK(client.events == expected);
}

TEST_CASE("nothing is missed or repeated while others append, whatever the ring still holds") {
    for (const std::size_t ring : {1U, 8U, 8192U}) {
        CAPTURE(ring);
        Fixture fixture(ring);
        fixture.append_some(50);
        fixture.hub.start();
        std::thread writer([&] { fixture.append_some(3000); });
        EventStream first(fixture.log.store, fixture.hub, Fixture::from(0));
        Client client(first);
        client.read_events(1000);
        // The connection breaks; the client comes back with the last id that it saw.
        EventStream second(fixture.log.store, fixture.hub, Fixture::from(client.events.back()));
        Client resumed(second);
        resumed.events = client.events;
        writer.join();
        const auto expected = fixture.log.positions({ours, {}, {}, {}});
        resumed.read_events(expected.size());
        CHECK(resumed.events == expected);
    }
}

TEST_CASE("a piece stays small however heavy the events are, from log and ring alike") {
    const std::string heavy = R"({"text":")" + std::string(100'000, 'x') + "\"}";
    for (const std::size_t ring : {1U, 8192U}) {
        CAPTURE(ring);
        Fixture fixture(ring);
        if (ring > 1) fixture.hub.start();
        for (int i = 0; i < 400; ++i) fixture.log.append(ours, "contact.created");
        for (int i = 0; i < 60; ++i)
            fixture.log.append(ours, "contact.created", "contact", i % 2 == 0 ? heavy : "{}");
        if (ring == 1) fixture.hub.start();
        EventStream stream(fixture.log.store, fixture.hub, Fixture::from(0));
        Client client(stream);
        const auto expected = fixture.log.positions({ours, {}, {}, {}});
        client.read_events(expected.size());
        CHECK(client.events == expected);
        CHECK(client.largest < (1U << 20));
    }
}

TEST_CASE("filters hold for the log and for the ring, and the heartbeat tells how far was looked") {
    Fixture fixture(4);
    fixture.append_some(100);
    fixture.hub.start();
    const LogFilter updates{ours, {"contact.updated"}, "contact", {}};
    EventStream stream(fixture.log.store, fixture.hub, Fixture::from(0, updates), 1ms);
    Client client(stream);
    const auto before = fixture.log.positions(updates);
    client.read_events(before.size());
    CHECK(client.events == before);

    for (int i = 0; i < 50; ++i)
        fixture.log.append(i % 2 == 0 ? ours : theirs, "organization.created", "organization");
    const auto head = fixture.log.store.head_position();
    client.read_until([&] { return !client.others.empty() && client.others.back().id == head; });
    CHECK(client.events == before);
    CHECK(client.others.back().event == "heartbeat");

    fixture.log.append(ours, "contact.updated");
    client.read_events(before.size() + 1);
    CHECK(client.events.back() == head + 1);
}

TEST_CASE("a stream does not sleep over what an erasure takes out of the ring") {
    Fixture fixture;
    fixture.append_some(50);
    fixture.hub.start();
    std::atomic<bool> is_woken = false;
    EventStream stream(fixture.log.store, fixture.hub, Fixture::from(0));
    Client client(stream);
    client.read_events(fixture.log.positions({ours, {}, {}, {}}).size());
    REQUIRE(stream.next().bytes.empty());
    const auto head = fixture.log.store.head_position();
    fixture.log.append(ours, "contact.created");
    fixture.log.append(ours, "contact.erased");
    REQUIRE(
        wait_until([&] { return !fixture.hub.recent(head, {ours, {}, {}, {}}, 1).has_value(); }));
    stream.on_more([&] { is_woken = true; });
    CHECK(is_woken);
}

TEST_CASE("a stream without a position tells at once where it begins") {
    Fixture fixture;
    fixture.append_some(10);
    fixture.hub.start();
    StreamRequest request = Fixture::from(10);
    request.from_head = true;
    EventStream stream(fixture.log.store, fixture.hub, std::move(request));
    Client client(stream);
    client.read_until([&] { return !client.others.empty(); });
    CHECK(client.others.front().id == 10);
    CHECK(client.others.front().data.empty());
    CHECK(client.events.empty());
}

TEST_CASE("a stream ends with a problem when its token expires and when the server drains") {
    Fixture fixture;
    fixture.hub.start();
    StreamRequest expiring = Fixture::from(0);
    expiring.expires = now() + 50ms;
    EventStream first(fixture.log.store, fixture.hub, std::move(expiring));
    EventStream second(fixture.log.store, fixture.hub, Fixture::from(0));
    second.shut_down();
    for (const auto& [stream, status] : {std::pair{&first, 401}, std::pair{&second, 503}}) {
        Client client(*stream);
        client.read_until([&] { return client.ended; });
        REQUIRE(client.ended);
        REQUIRE_FALSE(client.others.empty());
        CHECK(client.others.back().event == "closed");
        const Json problem = parse_json(client.others.back().data);
        CHECK(problem.integer("status") == status);
        CHECK(problem.text("instance") == "/api/events/stream");
    }
}

TEST_CASE("a stream up to a position shows all before it, then ends, from log and ring alike") {
    for (const std::size_t ring : {1U, 8192U}) {
        CAPTURE(ring);
        Fixture fixture(ring);
        fixture.append_some(40);
        fixture.hub.start();
        REQUIRE(wait_until([&] { return fixture.hub.recent(40, {}, 1).has_value(); }));
        fixture.append_some(40);
        for (const std::int64_t to : {0, 20, 41, 60, 80}) {
            CAPTURE(to);
            StreamRequest request = Fixture::from(10);
            request.to = to;
            EventStream stream(fixture.log.store, fixture.hub, std::move(request));
            Client client(stream);
            client.read_until([] { return false; });
            REQUIRE(client.ended);
            auto expected = fixture.log.positions({ours, {}, {}, {}});
            std::erase_if(expected, [&](auto position) { return position <= 10 || position > to; });
            CHECK(client.events == expected);
            const Json problem = parse_json(client.others.back().data);
            CHECK(client.others.back().event == "closed");
            CHECK(problem.integer("status") == 200);
            CHECK(problem.text("type") == "urn:throughline:problem:complete");
        }
    }
}

TEST_CASE("a stream up to a position to come waits for it, whoever it then belongs to") {
    for (const bool is_ours : {true, false}) {
        CAPTURE(is_ours);
        Fixture fixture;
        fixture.append_some(10);
        fixture.hub.start();
        StreamRequest request = Fixture::from(10);
        request.to = 12;
        request.filter.types = {"contact.updated"};
        EventStream stream(fixture.log.store, fixture.hub, std::move(request), 10ms);
        Client client(stream);
        fixture.log.append(ours, "contact.updated");
        client.read_events(1);
        CHECK_FALSE(client.ended);
        for (int i = 0; i < 2; ++i) fixture.log.append(is_ours ? ours : theirs, "contact.created");
        client.read_until([] { return false; });
        CHECK(client.ended);
        CHECK(client.events == std::vector<std::int64_t>{11});
    }
}
