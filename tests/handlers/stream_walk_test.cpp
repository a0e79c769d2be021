#include "bus/ids.hpp"
#include "bus/memory_event_store.hpp"
#include "handlers/deals.hpp"
#include "tests/support/ownership.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace throughline {
namespace {

/// A log that knows how many events of a stream were asked of it at once.
class WatchedStore : public MemoryEventStore {
  public:
    std::vector<StoredEvent> stream(const Uuid& tenant, const StreamKey& key, std::int64_t after,
                                    std::int64_t up_to) override {
        auto events = MemoryEventStore::stream(tenant, key, after, up_to);
        most = std::max(most, events.size());
        return events;
    }
    std::size_t most = 0;
};

/// A tenant with a deal that was changed many times.
struct OldDeal : Ownership {
    Registry registry = standard_registry();
    WatchedStore store;
    RecordCommands commands{store, registry};
    Deals deals{store, commands, registry};
    const Kind& kind = *registry.find("deal");
    Uuid id = new_id();

    OldDeal() {
        const Json body = parse_json(R"({"name":"Big","stage":"proposal"})");
        REQUIRE(finish(commands.create(context(), kind, id, body)).has_value());
        for (int value = 1; value <= 600; ++value)
            REQUIRE(changed(context(), std::to_string(value)).has_value());
    }
    Result<Written> changed(const CommandContext& given, const std::string& value) const {
        return finish(
            commands.update(given, kind, id, parse_json(R"({"value":)" + value + R"(})")));
    }
};

} // namespace

TEST_CASE_FIXTURE(OldDeal, "a long stream is walked in pieces, and whole") {
    CommandContext stale = context();
    stale.if_match = {1};
    const auto refused = changed(stale, "5");
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().refusal == Refusal::stale);
    CHECK(to_text(*refused.error().members.find("changed")) == R"(["value"])");

    CommandContext keyed = context();
    keyed.request_hash = "h";
    const auto first = changed(keyed, "7");
    const auto again = changed(keyed, "7");
    REQUIRE(first.has_value());
    REQUIRE(again.has_value());
    CHECK(again->replayed);
    CHECK(again->record == first->record);
    CHECK(again->record.version == 602);

    REQUIRE(finish(deals.win(context(), id, Json())).has_value());
    const auto reopened = finish(deals.reopen(context(), id));
    REQUIRE(reopened.has_value());
    CHECK(*reopened->record.fields.find("stage") == Json("proposal"));

    CHECK(store.most > 0);
    CHECK(store.most <= 500);
}

} // namespace throughline
