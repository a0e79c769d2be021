#include "api/stream_places.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace throughline {
namespace {

const Uuid acme = uuid_of("0198a7a0-0000-7000-8000-00000000000a");
const Uuid navy = uuid_of("0198a7a0-0000-7000-8000-00000000000b");

Uuid user(std::uint8_t number) {
    Uuid id;
    id.bytes[15] = number;
    return id;
}

} // namespace

TEST_CASE("a tenant and a caller leave places for others, and give theirs back") {
    const auto places = std::make_shared<StreamPlaces>(2, 3, 5);
    std::vector<std::shared_ptr<void>> open;
    const auto take = [&](const Uuid& tenant, std::uint8_t number) {
        const std::size_t before = open.size();
        if (auto place = places->take(tenant, user(number))) open.push_back(std::move(place));
        return open.size() > before;
    };
    CHECK(take(acme, 1));
    CHECK(take(acme, 1));
    CHECK_FALSE(take(acme, 1));
    CHECK(take(acme, 2));
    CHECK_FALSE(take(acme, 3)); // the tenant has its three
    CHECK(take(navy, 4));
    CHECK(take(navy, 5));
    CHECK_FALSE(take(navy, 6)); // that is all
    open.clear();
    CHECK(take(acme, 3));
}

} // namespace throughline
