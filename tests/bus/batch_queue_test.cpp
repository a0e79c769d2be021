#include "bus/batch_queue.hpp"
#include "tests/support/commands.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

const Uuid tenant = new_id();

void push(BatchQueue& queue, Command command, std::size_t bytes = 1) {
    queue.push({std::move(command), {}, bytes});
}

std::vector<std::int64_t> versions(const std::vector<PendingCommand>& batch) {
    std::vector<std::int64_t> expected;
    for (const PendingCommand& pending : batch)
        expected.push_back(pending.command.writes[0].expected);
    return expected;
}

} // namespace

TEST_CASE("a stream stands in a batch once and keeps its order") {
    BatchQueue queue;
    const StreamKey first{"contact", new_id()};
    const StreamKey second{"contact", new_id()};
    push(queue, command_of(tenant, {write_of(tenant, first, 1)}));
    push(queue, command_of(tenant, {write_of(tenant, first, 2), write_of(tenant, second, 9)}));
    push(queue, command_of(tenant, {write_of(tenant, second, 3)})); // waits behind the one above
    push(queue, create_contact(tenant));
    CHECK(versions(queue.take(10, 100)) == std::vector<std::int64_t>{1, 0});
    CHECK(versions(queue.take(10, 100)) == std::vector<std::int64_t>{2});
    CHECK(versions(queue.take(10, 100)) == std::vector<std::int64_t>{3});
    CHECK(queue.empty());
}

TEST_CASE("a command id stands in a batch once") {
    BatchQueue queue;
    Command command = create_contact(tenant);
    push(queue, command);
    push(queue, command);
    CHECK(queue.take(10, 100).size() == 1);
    CHECK(queue.take(10, 100).size() == 1);
}

TEST_CASE("a command may write streams that share an id") {
    BatchQueue queue;
    const Uuid id = new_id();
    push(queue, command_of(tenant, {write_of(tenant, {"tenant", id}, 0),
                                    write_of(tenant, {"user", id}, 0)}));
    CHECK(queue.take(10, 100).size() == 1);
}

TEST_CASE("a batch is bounded by commands and by bytes, and never empty") {
    BatchQueue queue;
    for (int i = 0; i < 5; ++i) push(queue, create_contact(tenant), 40);
    push(queue, create_contact(tenant), 500);
    CHECK(queue.take(3, 1000).size() == 3);
    CHECK(queue.take(10, 100).size() == 2);
    CHECK(queue.take(10, 100).size() == 1);
    CHECK(queue.take_all().empty());
}
