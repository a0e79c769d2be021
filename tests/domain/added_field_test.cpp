#include "domain/record/change.hpp"
#include "domain/record/schema.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

Kind contact_with_nickname() {
    Kind kind = contact_kind();
    kind.fields.push_back(text("nickname").searchable());
    return kind;
}

} // namespace

TEST_CASE("a field that is added in one line is validated") {
    const Kind kind = contact_with_nickname();
    const Json body = parse_json(R"({"name":"Ada","nickname":"  Countess "})");
    CHECK(check_create(contact_kind(), body).error().errors[0].where == "/nickname");
    CHECK(*check_create(kind, body)->values.find("nickname") == Json("Countess"));
    const auto refused = check_update(kind, parse_json(R"({"nickname":7})"));
    CHECK(refused.error().errors[0].code == "invalid_type");
}

TEST_CASE("an added field is in the events and in the fold") {
    const Kind kind = contact_with_nickname();
    const auto created = decide_create(kind, {{"name", "Ada"}, {"nickname", "Countess"}}, Uuid{});
    CHECK(*created[0].data.find("nickname") == Json("Countess"));
    Record record;
    evolve(record, created[0].type, created[0].data, Time{});
    const auto changed = decide_update(kind, record, {{"nickname", nullptr}}).value();
    CHECK(to_text(changed[0].data) ==
          R"({"before":{"nickname":"Countess"},"after":{"nickname":null}})");
}

TEST_CASE("an added field is in the schemas") {
    const Kind kind = contact_with_nickname();
    const auto has_nickname = [](const Json& schema) {
        return schema.find("properties")->find("nickname") != nullptr;
    };
    CHECK(has_nickname(event_schema(kind, "contact.created")));
    CHECK(has_nickname(*event_schema(kind, "contact.updated").find("properties")->find("after")));
    CHECK(has_nickname(record_schema(kind)));
    CHECK(has_nickname(write_schema(kind, true)));
    CHECK(has_nickname(write_schema(kind, false)));
    CHECK_FALSE(has_nickname(event_schema(contact_kind(), "contact.created")));
}

TEST_CASE("records from before a field was added have it unset") {
    const Kind kind = contact_with_nickname();
    Record old;
    const auto created = decide_create(contact_kind(), {{"name", "Ada"}}, Uuid{});
    evolve(old, created[0].type, created[0].data, Time{});
    const Record read = record_from_state(kind, state_text(contact_kind(), old), 1, false);
    CHECK(read.fields.find("nickname")->is_null());
    const auto changed = decide_update(kind, old, {{"nickname", "Countess"}}).value();
    CHECK(to_text(changed[0].data) ==
          R"({"before":{"nickname":null},"after":{"nickname":"Countess"}})");
}
