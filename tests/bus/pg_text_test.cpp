#include "bus/pg_text.hpp"

#include <doctest/doctest.h>

using namespace throughline;

TEST_CASE("array literals quote what PostgreSQL would take for syntax") {
    PgArray array;
    CHECK(array.text() == "{}");
    array.add("plain");
    array.add("a \"b\" \\ {c}, NULL");
    array.add("");
    array.add_null();
    array.add(-7);
    array.add(true);
    array.add(Uuid{});
    CHECK(array.text() == R"({"plain","a \"b\" \\ {c}, NULL","",NULL,-7,t,)"
                          "00000000-0000-0000-0000-000000000000}");
}
