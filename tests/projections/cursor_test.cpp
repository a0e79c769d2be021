#include "domain/base64url.hpp"
#include "projections/cursor.hpp"

#include <doctest/doctest.h>

using namespace throughline;

TEST_CASE("base64url follows RFC 4648 without padding") {
    CHECK(base64url("") == "");
    CHECK(base64url("f") == "Zg");
    CHECK(base64url("fo") == "Zm8");
    CHECK(base64url("foo") == "Zm9v");
    CHECK(base64url("foobar") == "Zm9vYmFy");
    CHECK(base64url("\xfb\xff\xfe") == "-__-");
    for (const std::string text : {"", "a", "ab", "abc", "\x80\xff\x01\x7f"})
        CHECK(from_base64url(base64url(text)) == text);
}

TEST_CASE("what base64url does not write is refused") {
    for (const std::string text : {"Zg==", "Zm 8", "+/+/", "Z", "Zh", "Zm9"})
        CHECK_FALSE(from_base64url(text).has_value());
}

TEST_CASE("a cursor gives its keys back to the query it was written for") {
    const CursorKeys keys{"zoë \"x\"", std::nullopt, "7"};
    const std::string cursor = write_cursor("contact +name", keys);
    CHECK(read_cursor(cursor, "contact +name", 3) == keys);
    CHECK(cursor.find_first_of("+/=") == std::string::npos);
}

TEST_CASE("a cursor of another query, or no cursor at all, is refused") {
    const std::string cursor = write_cursor("contact +name", {"a", "b"});
    CHECK_FALSE(read_cursor(cursor, "contact -name", 2).has_value());
    CHECK_FALSE(read_cursor(cursor, "contact +name", 3).has_value());
    CHECK_FALSE(read_cursor("", "contact +name", 2).has_value());
    CHECK_FALSE(read_cursor("nonsense", "contact +name", 2).has_value());
    CHECK_FALSE(read_cursor(base64url("{}"), "contact +name", 2).has_value());
    CHECK_FALSE(read_cursor(base64url("[1,2,3]"), "contact +name", 2).has_value());
    CHECK_FALSE(read_cursor(cursor + "A", "contact +name", 2).has_value());
}
