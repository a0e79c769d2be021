#include "api/waiting_line.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>

namespace throughline {

TEST_CASE("who has waited longest is first, whoever leaves and joins again") {
    std::string ada = "ada";
    std::string bob = "bob";
    WaitingLine<std::string> line;
    CHECK(line.first() == nullptr);
    WaitingLine<std::string>::Place of_ada(line, ada);
    std::optional<WaitingLine<std::string>::Place> of_bob;
    of_bob.emplace(line, bob);
    CHECK(line.first() == nullptr);
    of_ada.join();
    of_bob->join();
    of_ada.join(); // stays where it is
    CHECK(line.first() == &ada);
    of_ada.leave();
    of_ada.leave();
    CHECK(line.first() == &bob);
    of_ada.join();
    CHECK(line.first() == &bob);
    of_bob.reset();
    CHECK(line.first() == &ada);
}

} // namespace throughline
