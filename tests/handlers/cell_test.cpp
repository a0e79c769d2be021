#include "handlers/import/cell.hpp"

#include <doctest/doctest.h>

using namespace throughline;

TEST_CASE("amounts lose what spreadsheets add, and only that") {
    const Field value = money("value");
    for (const auto& [cell, read] :
         {std::pair{"1200.50", "1200.50"}, std::pair{"$1,200.50", "1200.50"},
          std::pair{"1,234,567", "1234567"}, std::pair{"12 USD", "12"}, std::pair{"12,50", "12,50"},
          std::pair{"1.200,50", "1.200,50"}, std::pair{"ten", "ten"}})
        CHECK(cell_value(value, cell) == Json(read));
}

TEST_CASE("moments without an offset are UTC, days may have an hour") {
    CHECK(cell_value(throughline::time("at"), "2026-03-08 06:00") == Json("2026-03-08T06:00:00Z"));
    CHECK(cell_value(throughline::time("at"), "2026-03-08") == Json("2026-03-08T00:00:00Z"));
    CHECK(cell_value(throughline::time("at"), "2026-03-08T06:00:00+01:00") ==
          Json("2026-03-08T06:00:00+01:00"));
    CHECK(cell_value(throughline::time("at"), "tomorrow") == Json("tomorrow"));
    CHECK(cell_value(date("on"), "2026-03-08 10:00") == Json("2026-03-08"));
}

TEST_CASE("text of one line loses its line breaks, but in our own exports") {
    const Field name = text("name");
    CHECK(cell_value(name, "two\r\nlines") == Json("two lines"));
    CHECK(cell_value(name, "two\r\nlines", true) == Json("two\r\nlines"));
    CHECK(cell_value(long_text("notes"), "two\nlines") == Json("two\nlines"));
}

TEST_CASE("lists are read as we write them and as others do") {
    const Field who = references("assignee_ids", "user");
    CHECK(cell_value(who, "a;b") == Json(JsonArray{"a", "b"}));
    CHECK(cell_value(who, R"(["a;b","c"])") == Json(JsonArray{"a;b", "c"}));
    CHECK(cell_value(who, "a, b") == Json(JsonArray{"a", "b"}));
}

TEST_CASE("words of other programs for our choices") {
    const Field stage = *deal_kind().field("stage");
    CHECK(cell_value(stage, "Closed Won") == Json("won"));
    CHECK(cell_value(stage, "Proposal") == Json("proposal"));
    CHECK(cell_value(stage, "Odd") == Json("Odd"));
    CHECK_FALSE(choice_in(stage, "Odd").has_value());
    CHECK(cell_value(flag("on"), "Yes") == Json(true));
    CHECK(cell_value(flag("on"), "0") == Json(false));
}
