#include "domain/id.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace throughline;

TEST_CASE("a UUID is read in either case and written in lower case") {
    const auto id = parse_uuid("017F22E2-79B0-7CC3-98C4-DC0C0C07398F");
    REQUIRE(id);
    CHECK(to_string(*id) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    CHECK(uuid_of(to_string(*id)) == *id);
}

TEST_CASE("only the canonical form of a UUID is taken") {
    for (const auto* text :
         {"", "017f22e279b07cc398c4dc0c0c07398f", "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}",
          "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398ff",
          "017f22e2-79b0-7cc3-98c4-dc0c0c07398g", "017f22e2279b0-7cc3-98c4-dc0c0c07398f",
          " 17f22e2-79b0-7cc3-98c4-dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c0739-f"})
        CHECK_FALSE(parse_uuid(text));
    CHECK_THROWS_AS((void)uuid_of("x"), std::runtime_error);
}

TEST_CASE("version 7 as in the example of RFC 9562") {
    const auto time = parse_rfc3339("2022-02-22T14:22:22.000999-05:00");
    REQUIRE(time);
    const auto id = uuid_v7(*time, {0xFC, 0xC3, 0xD8, 0xC4, 0xDC, 0x0C, 0x0C, 0x07, 0x39, 0x8F});
    CHECK(to_string(id) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

TEST_CASE("version 5 as in the example of RFC 9562") {
    const auto dns = uuid_of("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
    CHECK(to_string(uuid_v5(dns, "www.example.com")) == "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

TEST_CASE("a derived id repeats, differs by name and sorts beside its base") {
    const auto base = uuid_of("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    const auto derived = derived_uuid(base, "row 1");
    CHECK(derived == derived_uuid(base, "row 1"));
    CHECK(derived != derived_uuid(base, "row 2"));
    CHECK(derived != base);
    const auto text = to_string(derived);
    CHECK(text.starts_with("017f22e2-79b0-7"));
    CHECK(std::string_view("89ab").find(text[19]) != std::string_view::npos);
}

TEST_CASE("ids order by their bytes, and nil is the system") {
    CHECK(Uuid{}.is_nil());
    CHECK(Uuid{} < uuid_of("00000000-0000-0000-0000-000000000001"));
    CHECK_FALSE(uuid_of("00000000-0000-0000-0000-000000000001").is_nil());
}
