#include "bus/poison.hpp"
#include "handlers/reference_follower.hpp"
#include "tests/support/record_log.hpp"

#include <doctest/doctest.h>

#include <array>
#include <functional>

using namespace throughline;

namespace {

/// Two contacts and a task at the second, on a real log; a list that knows the task alone.
struct FollowerWorld : ReferringRecords, RecordLog {
    const Kind& tasks = *registry.find("task");
    ReferenceFollower follower{log.store, commands, registry, *this};
    Uuid ada = create(contacts, {{"name", "Ada Lovelace"}});
    Uuid twin = create(contacts, {{"name", "A. Lovelace"}});
    Uuid task = create(tasks, {{"name", "Call"}, {"contact_id", to_string(twin)}});

    void merge() {
        const Json body =
            JsonObject{{"into", to_string(ada)}, {"from", JsonArray{to_string(twin)}}};
        REQUIRE(finish(merges.merge(context(), contacts, body)).has_value());
    }
    void unmerge() {
        const Json body = JsonObject{{"id", to_string(twin)}};
        REQUIRE(finish(merges.unmerge(context(), contacts, ada, body)).has_value());
    }
    [[nodiscard]] std::vector<StoredEvent> events(const std::string& type) {
        return log.store.log(0, 1000, {log.tenant, {type}, {}, {}}).events;
    }
    void apply(const StoredEvent& event) {
        const Connection system = connect(log.url, Role::system);
        pqxx::work transaction(*system);
        follower.apply(transaction, std::array{event});
        transaction.commit();
    }
    [[nodiscard]] std::string contact_of_task() {
        const std::array keys{StreamKey{"task", task}};
        const StreamHead found = log.store.heads(log.tenant, keys).front();
        const Record record = record_from_state(tasks, found.state, found.version, false);
        return *record.fields.find("contact_id")->string();
    }

    std::vector<Uuid> referring(const Uuid&, const Kind& kind, const Field& field, const Uuid& to,
                                const Uuid& after, std::size_t) override {
        const bool is_first = after.is_nil() && kind.name == "task" && field.name == "contact_id";
        return is_first && contact_of_task() == to_string(to) ? std::vector{task}
                                                              : std::vector<Uuid>{};
    }
    std::int64_t head() override { return log.store.head_position(); }
    std::function<bool()> is_listed = [] { return true; };
    bool wait_until_listed(const Kind&, std::int64_t, std::chrono::milliseconds) override {
        return is_listed();
    }
    std::vector<StoredEvent> correlated(const Uuid& tenant, const Uuid& correlation,
                                        std::int64_t after, std::size_t limit) override {
        auto found = log.store.log(after, limit, {tenant, {}, {}, {}}).events;
        std::erase_if(found, [&](const StoredEvent& event) {
            return event.origin.correlation_id != correlation;
        });
        return found;
    }
};

} // namespace

TEST_CASE_FIXTURE(FollowerWorld, "a merge that waited past its undoing moves nothing") {
    merge();
    unmerge();
    apply(events("contact.unmerged").front());
    apply(events("contact.merged_into").front()); // an operator has it tried again
    CHECK(contact_of_task() == to_string(twin));
}

TEST_CASE_FIXTURE(FollowerWorld, "of two merges of one record the one in force is followed") {
    merge();
    unmerge();
    merge();
    const auto both = events("contact.merged_into");
    REQUIRE(both.size() == 2);
    apply(both.front());
    CHECK(contact_of_task() == to_string(twin));
    apply(both.back());
    CHECK(contact_of_task() == to_string(ada));
    unmerge();
    apply(events("contact.unmerged").back());
    CHECK(contact_of_task() == to_string(twin));
}

TEST_CASE_FIXTURE(FollowerWorld, "the end does not wait for a list that nobody keeps any more") {
    merge();
    int asked = 0;
    is_listed = [&] {
        if (++asked == 3) follower.begin_stop();
        return false;
    };
    CHECK_THROWS_AS(apply(events("contact.merged_into").front()), TryLater);
    CHECK(asked == 3);
    CHECK(contact_of_task() == to_string(twin));
}
