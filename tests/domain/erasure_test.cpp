#include "domain/record/erasure.hpp"

#include "domain/record/change.hpp"

#include <doctest/doctest.h>

using namespace throughline;

TEST_CASE("the blanks are those of the personal fields, whatever their type") {
    CHECK(to_text(Json(blanks_of(contact_kind()))) ==
          R"({"name":"[erased]","email":null,"phone":null,"job_position":null,"metadata":{}})");
    CHECK(to_text(Json(blanks_of(message_kind()))) ==
          R"({"from":null,"to":null,"subject":null,"body":"[erased]"})");
    CHECK(blanks_of(deal_kind()).empty());
    CHECK(can_be_erased(deal_kind())); // its name, if that is a person's
    CHECK_FALSE(can_be_erased(task_kind()));
}

TEST_CASE("data is blanked as a whole, and before and after a change, and nothing else of it") {
    const JsonObject blanks = blanks_of(contact_kind());
    const auto result = [&](const std::string& data) {
        return to_text(Json(blanked(*parse_json(data).object(), blanks)));
    };
    CHECK(result(R"({"name":"Ada","tags":["x"],"metadata":{"a":1.50},"status":"new"})") ==
          R"({"name":"[erased]","tags":["x"],"metadata":{},"status":"new"})");
    CHECK(result(R"({"before":{"email":"a@b.c","status":"new"},"after":{"email":null}})") ==
          R"({"before":{"email":null,"status":"new"},"after":{"email":null}})");
    CHECK(result(R"({"before":{"status":"new"},"after":{"status":"active"}})") ==
          R"({"before":{"status":"new"},"after":{"status":"active"}})");
}

TEST_CASE("a record that is erased keeps its version and all that is not personal") {
    Record record;
    evolve(record, "contact.created",
           {{"name", "Ada"}, {"status", "new"}, {"metadata", JsonObject{{"a", 1}}}}, {});
    evolve(record, "contact.erased", {{"after", blanks_of(contact_kind())}}, {});
    CHECK(record.version == 2);
    CHECK(*record.fields.find("metadata") == Json(JsonObject{}));
    CHECK(*record.fields.find("name") == Json(erased_text));
    CHECK(*record.fields.find("status") == Json("new"));
    CHECK_FALSE(record.deleted);
}
