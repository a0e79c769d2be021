#include "api/cli/tail.hpp"
#include "bus/ids.hpp"
#include "bus/memory_event_store.hpp"

#include <doctest/doctest.h>

#include <sstream>

using namespace throughline;

namespace {

void append(EventStore& store, const std::string& type) {
    Command command;
    command.id = new_id();
    command.tenant = new_id();
    command.writes.push_back({command.tenant,
                              {"contact", new_id()},
                              0,
                              {{new_id(), type, 1, "{}", {}}},
                              "{}",
                              "",
                              false});
    REQUIRE(std::holds_alternative<Committed>(store.append(std::move(command)).get()));
}

std::vector<std::string> sequences(const std::string& lines) {
    std::vector<std::string> all;
    std::istringstream in(lines);
    for (std::string line; std::getline(in, line);)
        all.push_back(parse_json(line).text("sequence").substr(16));
    return all;
}

const WaitForMore never = [](std::int64_t) -> bool { throw std::logic_error("nobody follows"); };

} // namespace

TEST_CASE("tail prints the log, one event a line, up to its head") {
    MemoryEventStore store;
    for (int i = 0; i < 150; ++i)
        append(store, i % 50 == 0 ? "contact.updated" : "contact.created");
    std::ostringstream all;
    CHECK(run_tail(store, {}, never, all) == 0);
    CHECK(sequences(all.str()).size() == 150);
    std::ostringstream late;
    CHECK(run_tail(store, {147, {}, false}, never, late) == 0);
    CHECK(sequences(late.str()) == std::vector<std::string>{"148", "149", "150"});
    std::ostringstream some;
    CHECK(run_tail(store, {0, {"contact.updated"}, false}, never, some) == 0);
    CHECK(sequences(some.str()) == std::vector<std::string>{"001", "051", "101"});
}

TEST_CASE("a tail that follows begins at the head and goes on with what comes") {
    MemoryEventStore store;
    append(store, "contact.created");
    std::vector<std::int64_t> waited;
    const WaitForMore grow = [&](std::int64_t position) {
        waited.push_back(position);
        if (waited.size() <= 2) append(store, "contact.created");
        return waited.size() < 4;
    };
    std::ostringstream out;
    CHECK(run_tail(store, {std::nullopt, {}, true}, grow, out) == 0);
    CHECK(sequences(out.str()) == std::vector<std::string>{"002", "003"});
    CHECK(waited == std::vector<std::int64_t>{1, 2, 3, 3});
}
