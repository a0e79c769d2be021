#include "domain/record/view.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

const Uuid contact_id = uuid_of("01890a5d-ac96-774b-bcce-b302099a8057");
const Uuid acme = uuid_of("01890a5d-ac96-774b-bcce-b302099a8058");
const Uuid ann = uuid_of("01890a5d-ac96-774b-bcce-b302099a8059");

Kind kind() {
    return {"contact",
            "contacts",
            {text("name"), reference("organization_id", "organization"),
             reference("owner_id", "user"), tags("tags")}};
}

Record record() {
    const Time at = parse_rfc3339("2026-03-08T06:00:00Z").value();
    return {3,
            false,
            {{"name", "Zoë"},
             {"organization_id", to_string(acme)},
             {"owner_id", nullptr},
             {"tags", JsonArray{"vip"}}},
            at,
            at + std::chrono::hours(1)};
}

std::string_view name_of(std::string_view target, const Uuid& id) {
    return target == "organization" && id == acme ? "Acme" : "";
}

std::string shown(const Kind& kind, const Record& record,
                  const std::vector<std::string>& fields = {}) {
    return record_json(kind, contact_id, record.version, state_text(kind, record), name_of, fields);
}

} // namespace

TEST_CASE("a record is shown with the names of what it refers to") {
    CHECK(
        shown(kind(), record()) ==
        R"({"id":"01890a5d-ac96-774b-bcce-b302099a8057","version":3,"name":"Zoë",)"
        R"("organization_id":"01890a5d-ac96-774b-bcce-b302099a8058","organization":"Acme",)"
        R"("owner_id":null,"owner":null,"tags":["vip"],)"
        R"("created_at":"2026-03-08T06:00:00.000000Z","updated_at":"2026-03-08T07:00:00.000000Z"})");
}

TEST_CASE("chosen fields always come with id and version") {
    CHECK(shown(kind(), record(), {"organization", "updated_at"}) ==
          R"({"id":"01890a5d-ac96-774b-bcce-b302099a8057","version":3,"organization":"Acme",)"
          R"("updated_at":"2026-03-08T07:00:00.000000Z"})");
}

TEST_CASE("a reference whose name is not known has none") {
    Record other = record();
    other.fields.set("organization_id", to_string(ann));
    CHECK(parse_json(shown(kind(), other)).find("organization")->is_null());
}

TEST_CASE("a field declared later shows as null") {
    Kind later = kind();
    later.fields.push_back(text("nickname"));
    CHECK(parse_json(record_json(later, contact_id, 3, state_text(kind(), record()), name_of))
              .find("nickname")
              ->is_null());
}

TEST_CASE(
    "what the kind has between two fields, in another order or no more is shown as it is now") {
    Kind now = kind();
    now.fields = {tags("tags"), text("nickname"), text("name"), reference("owner_id", "user")};
    CHECK(
        record_json(now, contact_id, 3, state_text(kind(), record()), name_of) ==
        R"({"id":"01890a5d-ac96-774b-bcce-b302099a8057","version":3,"tags":["vip"],"nickname":null,)"
        R"("name":"Zoë","owner_id":null,"owner":null,)"
        R"("created_at":"2026-03-08T06:00:00.000000Z","updated_at":"2026-03-08T07:00:00.000000Z"})");
}

TEST_CASE("references are collected by kind and id, unset ones not") {
    std::vector<StreamKey> found;
    collect_references(kind(), state_text(kind(), record()), found);
    CHECK(found == std::vector<StreamKey>{{"organization", acme}});
}
