#include "api/memory_budget.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

namespace throughline {
namespace {

const Uuid ada = uuid_of("0198a7a0-0000-7000-8000-00000000000a");
const Uuid bob = uuid_of("0198a7a0-0000-7000-8000-00000000000b");

} // namespace

TEST_CASE("a holder leaves room for others, however many shares they ask for") {
    MemoryBudget budget(80, 8);
    std::vector<std::unique_ptr<MemoryBudget::Share>> shares;
    const auto take = [&](const Uuid& holder, std::size_t bytes) {
        shares.push_back(std::make_unique<MemoryBudget::Share>(budget));
        return shares.back()->grow_to(holder, bytes);
    };
    CHECK(take(ada, 4));
    CHECK(take(ada, 6));
    CHECK_FALSE(take(ada, 1));
    CHECK(take(bob, 10));
    CHECK_FALSE(take(bob, 1));
    shares.clear();
    CHECK(take(ada, 10));
}

TEST_CASE("a single share may be larger than a part, as long as there is room") {
    MemoryBudget budget(80, 8);
    {
        MemoryBudget::Share large(budget);
        CHECK(large.grow_to(ada, 5));
        CHECK(large.grow_to(ada, 60));
        CHECK_FALSE(large.grow_to(ada, 81));
        MemoryBudget::Share second(budget);
        CHECK_FALSE(second.grow_to(ada, 1));
        MemoryBudget::Share of_another(budget);
        CHECK_FALSE(of_another.grow_to(bob, 21));
        CHECK(of_another.grow_to(bob, 20));
    }
    MemoryBudget::Share all(budget);
    CHECK(all.grow_to(ada, 80));
}

} // namespace throughline
