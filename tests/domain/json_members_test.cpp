#include "domain/json_members.hpp"

#include "domain/json.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace throughline;

TEST_CASE("the members of a written object are found as they stand") {
    const JsonObject object{{"plain", "a"},
                            {"hard \"name\"", R"(quote " comma , brace } backslash \)"},
                            {"ends in a backslash", R"(\)"},
                            {"empty", ""},
                            {"number", JsonNumber{"-1.50e3"}},
                            {"null", nullptr},
                            {"nested", JsonObject{{"a", JsonArray{"]", JsonObject{{"}", "{"}}}}}},
                            {"list", JsonArray{}},
                            {"last", true}};
    const std::string text = to_text(object);
    const auto members = members_of(text);
    REQUIRE(members.size() == object.size());
    auto member = members.begin();
    for (const auto& [name, value] : object) {
        CHECK(parse_json("\"" + std::string(member->name) + "\"") == Json(name));
        CHECK(member->value == to_text(value));
        ++member;
    }
    CHECK(members_of("{}").empty());
}

TEST_CASE("what is no written object is a fault, not a guess") {
    for (const char* text : {"", "[]", "{", R"({"a)", R"({"a":1)", R"({"a":"b)", R"({"a":1}x)",
                             R"({"a")", R"({"a":"\")"}) {
        CAPTURE(text);
        CHECK_THROWS_AS((void)members_of(text), std::runtime_error);
    }
}
