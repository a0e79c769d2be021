#include "domain/identity/api_key.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

const Time noon{std::chrono::seconds(1'770'000'000)};

bool is_segment(std::string_view text) { return text == "contacts" || text == "audit-logs"; }

Result<JsonObject> read(const std::string& body) {
    return read_new_api_key(parse_json(body), noon, is_segment);
}

std::string fault(const std::string& body) {
    const auto fields = read(body);
    REQUIRE_FALSE_MESSAGE(fields.has_value(), body);
    REQUIRE(fields.error().errors.size() == 1);
    return fields.error().errors.front().code + " " + fields.error().errors.front().where;
}

bool lets(const std::vector<std::string>& scopes, std::string_view method,
          std::string_view segment) {
    return is_in_scope(scopes, method, segment);
}

} // namespace

TEST_CASE("a key has a name and a role, and may have scopes and an end") {
    const auto fields = read(R"({"name":" CI ","role":"viewer","scopes":["read","contacts:write"],
                                 "expires_at":"2030-01-01T01:00:00+01:00"})");
    REQUIRE(fields.has_value());
    CHECK(*fields->find("name") == Json("CI"));
    CHECK(*fields->find("expires_at") == Json("2030-01-01T00:00:00.000000Z"));
    CHECK(read(R"({"name":"CI","role":"owner"})").has_value());
    CHECK(read(R"({"name":"CI","role":"owner","scopes":null,"expires_at":null})").has_value());
}

TEST_CASE("what a body of a new key may not say") {
    CHECK(fault(R"({"role":"viewer"})") == "required /name");
    CHECK(fault(R"({"name":"CI"})") == "required /role");
    CHECK(fault(R"({"name":"CI","role":"emperor"})") == "invalid_choice /role");
    CHECK(fault(R"({"name":"CI","role":"viewer","prefix":"tlk_"})") == "unknown_field /prefix");
    CHECK(fault(R"({"name":"CI","role":"viewer","user_id":"x"})") == "unknown_field /user_id");
    CHECK(fault(R"({"name":"CI","role":"viewer","scopes":["read","admin"]})") ==
          "invalid_choice /scopes/1");
    for (const char* time : {"tomorrow", "2020-01-01T00:00:00Z", "2030-01-01"})
        CHECK(fault(R"({"name":"CI","role":"viewer","expires_at":")" + std::string(time) + "\"}")
                  .ends_with(" /expires_at"));
}

TEST_CASE("scopes are read and write, of everything or under one path") {
    for (const char* scope :
         {"read", "write", "contacts:read", "contacts:write", "audit-logs:read"})
        CHECK_MESSAGE(is_scope(scope, is_segment), scope);
    for (const char* scope : {"", ":", ":read", "contacts", "contacts:", "contacts:delete",
                              "deals:read", "contacts:read:write", "*", "Read", " read"})
        CHECK_FALSE_MESSAGE(is_scope(scope, is_segment), scope);
}

TEST_CASE("scopes let through what they name and nothing else; none lets all through") {
    CHECK(lets({}, "DELETE", "contacts"));
    CHECK(lets({"read"}, "GET", "contacts"));
    CHECK(lets({"read"}, "HEAD", "deals"));
    CHECK_FALSE(lets({"read"}, "POST", "contacts"));
    CHECK(lets({"write"}, "PATCH", "contacts"));
    CHECK_FALSE(lets({"write"}, "GET", "contacts"));
    CHECK(lets({"contacts:read"}, "GET", "contacts"));
    CHECK_FALSE(lets({"contacts:read"}, "GET", "contacts2"));
    CHECK_FALSE(lets({"contacts:read"}, "GET", "contact"));
    CHECK_FALSE(lets({"contacts:read"}, "GET", "organizations"));
    CHECK_FALSE(lets({"contacts:read"}, "PUT", "contacts"));
    CHECK(lets({"contacts:read", "contacts:write"}, "DELETE", "contacts"));
}
