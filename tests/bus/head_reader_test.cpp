#include "bus/head_reader.hpp"

#include "bus/ids.hpp"
#include "bus/memory_event_store.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

using namespace throughline;

TEST_CASE("single reads are answered each for itself, whoever asks beside") {
    MemoryEventStore store;
    HeadReader reader(store);
    std::vector<StreamKey> asked;
    std::vector<Pending<StreamHead>> heads;
    for (int i = 0; i < 600; ++i) {
        asked.push_back({"contact", new_id()});
        heads.push_back(reader.head(new_id(), asked.back()));
    }
    for (std::size_t i = 0; i < heads.size(); ++i) {
        const StreamHead head = heads[i].get();
        CHECK(head.stream == asked[i]);
        CHECK(head.version == 0);
    }
}

TEST_CASE("after the stop nobody waits for a read") {
    MemoryEventStore store;
    HeadReader reader(store);
    reader.stop();
    bool was_told = false;
    const auto late = reader.head(new_id(), {"contact", new_id()});
    late.then([&] { was_told = true; });
    CHECK(was_told);
    CHECK_THROWS_AS((void)late.get(), std::runtime_error);
    reader.stop(); // again
}
