#include "bus/ids.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

using namespace throughline;

TEST_CASE("new ids are v7, rise within a thread and are unique over threads") {
    constexpr int each = 20'000;
    std::vector<std::vector<Uuid>> made(4);
    std::vector<std::thread> threads;
    for (auto& ids : made)
        threads.emplace_back([&ids] {
            for (int i = 0; i < each; ++i) ids.push_back(new_id());
        });
    for (std::thread& thread : threads) thread.join();
    std::set<Uuid> all;
    for (const auto& ids : made) {
        CHECK(std::is_sorted(ids.begin(), ids.end()));
        all.insert(ids.begin(), ids.end());
    }
    CHECK(all.size() == 4 * each);
    const std::string text = to_string(*all.begin());
    CHECK(text[14] == '7');
    CHECK(std::string("89ab").find(text[19]) != std::string::npos);
}

TEST_CASE("a new id holds the present millisecond") {
    const auto before = std::chrono::floor<std::chrono::milliseconds>(now());
    std::array<std::uint8_t, 10> most{};
    most.fill(0xFF);
    CHECK(new_id() >= uuid_v7(before, {}));
    CHECK(new_id() <= uuid_v7(now() + std::chrono::seconds(1), most));
}
