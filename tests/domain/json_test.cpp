#include "domain/json.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

using namespace throughline;

namespace {

Json read(std::string_view text) {
    auto result = read_json(text);
    const auto* const fault = std::get_if<JsonFault>(&result);
    INFO(text);
    REQUIRE_MESSAGE(fault == nullptr, fault->detail);
    return std::get<Json>(result);
}

JsonFault fault_of(std::string_view text) {
    auto result = read_json(text);
    INFO(text);
    REQUIRE(std::holds_alternative<JsonFault>(result));
    return std::get<JsonFault>(result);
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

} // namespace

TEST_CASE("json comes back as it was written") {
    for (const std::string text :
         {"null", "true", "false", "\"\"", "[]", "{}", "0", "-0", "1200.10", "1e5", "-1.50E-07",
          "12345678901234567890123456789012345678.90", "[1,[2,{\"a\":[]}],\"x\"]",
          "{\"z\":1,\"a\":{\"m\":null,\"b\":[true]}}", "\"d\xC3\xA9j\xC3\xA0 \xF0\x9F\x98\x80\""})
        CHECK(to_text(read(text)) == text);
    CHECK(to_text(read(" { \"a\" : [ 1 , 2 ] } \n")) == "{\"a\":[1,2]}");
}

TEST_CASE("escapes are read, and written only where they are needed") {
    const Json value = read(R"("\u0041\/\b\f\n\r\t\"\\\u001f\u00e9\ud83d\ude00")");
    CHECK(*value.string() == "A/\b\f\n\r\t\"\\\x1f\xC3\xA9\xF0\x9F\x98\x80");
    CHECK(to_text(value) == "\"A/\\b\\f\\n\\r\\t\\\"\\\\\\u001f\xC3\xA9\xF0\x9F\x98\x80\"");
    CHECK(*read(to_text(value)).string() == *value.string());
}

TEST_CASE("text that is not JSON is refused") {
    using namespace std::string_literals;
    const std::string not_json[] = {"",
                                    " ",
                                    "{",
                                    "[1,]",
                                    "{\"a\":1,}",
                                    "{a:1}",
                                    "'a'",
                                    "01",
                                    "1.",
                                    ".5",
                                    "+1",
                                    "1e",
                                    "nul",
                                    "NaN",
                                    "Infinity",
                                    "// c\n1",
                                    "1 2",
                                    "{} x",
                                    "\"a\nb\"",
                                    "\"\\x41\"",
                                    "\"\\u12g4\"",
                                    "\"open",
                                    "\xEF\xBB\xBF{}",
                                    "\"\xFF\"",
                                    "\"\xC0\xAF\"",
                                    "\"\xED\xA0\x80\"",
                                    "\"\xF4\x90\x80\x80\"",
                                    "\"\xE2\x82\"",
                                    "\"a\0b\""s,
                                    "{}\0"s,
                                    "\"\\u0000\"",
                                    "{\"\\u0000\":1}",
                                    "\"\\ud800\"",
                                    "\"\\udc00\"",
                                    "\"\\ud800\\u0041\"",
                                    "{\"\\udfff\":1}",
                                    "{\"a\":1,\"a\":2}",
                                    "{\"a\":1,\"\\u0061\":2}",
                                    "[{\"x\":{\"b\":1,\"c\":2,\"b\":1}}]"};
    for (const std::string& text : not_json) CHECK(fault_of(text).code == "malformed_json");
    CHECK(fault_of("[1, 2, x]").offset == 7);
}

TEST_CASE("a duplicate name is found among many") {
    std::string text = "{";
    for (int i = 0; i < 1000; ++i) text += "\"name" + std::to_string(i) + "\":1,";
    CHECK(read(text + "\"other\":1}").object()->size() == 1001);
    CHECK(fault_of(text + "\"name500\":1}").code == "malformed_json");
}

TEST_CASE("64 levels are taken, 65 are too deep") {
    CHECK(read(nested(64)).array() != nullptr);
    CHECK(fault_of(nested(65)).code == "too_deep");
    CHECK(fault_of(std::string(100'000, '[')).code == "too_deep");
    std::string objects;
    for (int i = 0; i < 65; ++i) objects += "{\"a\":";
    CHECK(fault_of(objects).code == "too_deep");
    CHECK(parse_json("{\"data\":{\"after\":" + nested(64) + "}}").object() != nullptr);
}

TEST_CASE("a number over the limits is named by a pointer") {
    const std::string forty(40, '7');
    CHECK(read(forty).number()->digits == forty);
    CHECK(read("-" + forty).number() != nullptr);
    CHECK(read("1e308").number() != nullptr);
    CHECK(read("1E-308").number() != nullptr);

    for (const std::string& number : {forty + "7", "0." + forty, std::string("1e309"),
                                      std::string("1e-309"), std::string("1e+99999999999999"),
                                      std::string("1e-99999999999999"), std::string(5000, '9')}) {
        CHECK(fault_of(number).code == "invalid_format");
        CHECK(fault_of(number).pointer.empty());
        CHECK(fault_of("{\"a\":[true,{\"x/y~z\":" + number + "}]}").pointer == "/a/1/x~1y~0z");
    }
}

TEST_CASE("objects are equal in whatever order, arrays and digits are not") {
    CHECK(read("{\"a\":1,\"b\":{\"c\":2,\"d\":3}}") == read("{\"b\":{\"d\":3,\"c\":2},\"a\":1}"));
    CHECK(read("{\"a\":1}") != read("{\"a\":2}"));
    CHECK(read("{\"a\":1}") != read("{\"b\":1}"));
    CHECK(read("{\"a\":1}") != read("{\"a\":1,\"b\":null}"));
    CHECK(read("[1,2]") != read("[2,1]"));
    CHECK(read("1.0") != read("1"));
    CHECK(read("1") != read("\"1\""));
}

TEST_CASE("members are set in place, appended and erased") {
    JsonObject object{{"a", 1}, {"b", "two"}};
    object.set("a", 3);
    object.set("c", nullptr);
    CHECK(to_text(object) == R"({"a":3,"b":"two","c":null})");
    CHECK(object.erase("b"));
    CHECK_FALSE(object.erase("b"));
    CHECK(object.size() == 2);
    CHECK(object.find("b") == nullptr);
    CHECK(object.contains("c"));
}

TEST_CASE("every integer type makes a number") {
    CHECK(to_text(Json(std::numeric_limits<std::int64_t>::min())) == "-9223372036854775808");
    CHECK(to_text(Json(std::numeric_limits<std::uint64_t>::max())) == "18446744073709551615");
    CHECK(to_text(Json(7U)) == "7");
    CHECK(to_text(Json(7LL)) == "7");
    CHECK(to_text(Json(7ULL)) == "7");
    CHECK(to_text(Json(std::uint16_t{7})) == "7");
    CHECK(to_text(Json(std::size_t{7})) == "7");
    CHECK(to_text(Json(0.1)) == "0.1");
    CHECK(Json(std::nan("")).is_null());
    CHECK(to_text(Json(true)) == "true");
}

TEST_CASE("whole numbers within 64 bits are integers, however they are written") {
    const Json value = read(R"({"a":5,"b":-5.00,"c":12e2,"d":1.5,"e":"5","f":9223372036854775807,
                                "g":9223372036854775808,"h":120e-1,"i":1e300,"j":0.0,"k":-0})");
    CHECK(value.integer("a") == 5);
    CHECK(value.integer("b") == -5);
    CHECK(value.integer("c") == 1200);
    CHECK(value.integer("d") == std::nullopt);
    CHECK(value.integer("e") == std::nullopt);
    CHECK(value.integer("f") == std::numeric_limits<std::int64_t>::max());
    CHECK(value.integer("g") == std::nullopt);
    CHECK(value.integer("h") == 12);
    CHECK(value.integer("i") == std::nullopt);
    CHECK(value.integer("j") == 0);
    CHECK(value.integer("k") == 0);
    CHECK(value.integer("missing") == std::nullopt);
    CHECK(value.text("e") == "5");
    CHECK(value.text("a", "other") == "other");
}

TEST_CASE("a client's text has a bounded number of values, our own has not") {
    std::string most = "[";
    for (std::size_t i = 2; i < max_json_values; ++i) most += "0,";
    CHECK(std::holds_alternative<Json>(read_json(most + "0]")));
    const auto more = read_json(most + "0,0]");
    REQUIRE(std::holds_alternative<JsonFault>(more));
    CHECK(std::get<JsonFault>(more).code == "too_large");
    CHECK(parse_json(most + "0,0]").array()->size() == max_json_values);
}

TEST_CASE("our own text that is not JSON is thrown") {
    CHECK_THROWS_AS((void)parse_json("{"), std::runtime_error);
    CHECK(parse_json("[1]") == Json(JsonArray{1}));
}
