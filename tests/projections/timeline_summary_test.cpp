#include "projections/timeline.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

const std::string acme = "01890a5d-ac96-774b-bcce-b302099a8057";
const std::string globex = "01890a5d-ac96-774b-bcce-b302099a8058";

std::string summary(const std::string& type, const JsonObject& data) {
    StoredEvent event;
    event.type = type;
    event.stream.kind = type.substr(0, type.find('.'));
    event.data = to_text(data);
    return timeline_summary(standard_registry(), event, [](const StreamKey& key) {
        return key.kind == "organization" && to_string(key.id) == acme ? std::string("Acme")
                                                                       : std::string();
    });
}

std::string change(const std::string& type, const JsonObject& before, const JsonObject& after) {
    return summary(type, {{"before", before}, {"after", after}});
}

} // namespace

TEST_CASE("a record's life in one line each") {
    CHECK(summary("contact.created", {{"name", "Ann"}}) == "Created contact");
    CHECK(summary("contact.deleted", {{"before", JsonObject{{"name", "Ann"}}}}) ==
          "Deleted contact");
    CHECK(summary("contact.restored", {{"name", "Ann"}}) == "Restored contact");
    CHECK(summary("tenant.created", {{"name", "Ann's"}}) == "Created tenant");
    CHECK(summary("user.created", {{"name", "Ann"}}) == "Created user");
    CHECK(summary("calendar_event.high_value", {{"value", 5}}) == "Calendar event high value");
}

TEST_CASE("one changed field shows what it was and is") {
    CHECK(change("contact.status_changed", {{"status", "new"}}, {{"status", "qualified"}}) ==
          "Status changed: New → Qualified");
    CHECK(change("contact.updated", {{"job_position", "a"}}, {{"job_position", "b"}}) ==
          "Job position changed: a → b");
    CHECK(change("contact.updated", {{"phone", nullptr}}, {{"phone", "+33 1"}}) ==
          "Phone changed: none → +33 1");
    CHECK(change("contact.updated", {{"tags", JsonArray{"a", "b"}}}, {{"tags", JsonArray{}}}) ==
          "Tags changed: a, b → none");
}

TEST_CASE("a reference shows names, or its id where there is none") {
    CHECK(change("contact.updated", {{"organization_id", acme}}, {{"organization_id", globex}}) ==
          "Organization changed: Acme → " + globex);
    CHECK(change("contact.updated", {{"organization_id", acme}}, {{"organization_id", nullptr}}) ==
          "Organization changed: Acme → none");
}

TEST_CASE("several changed fields, and those too long for a line, are named") {
    CHECK(change("contact.updated", {{"phone", "1"}, {"tags", JsonArray{}}},
                 {{"phone", "2"}, {"tags", JsonArray{"x"}}}) == "Updated: phone, tags");
    CHECK(change("organization.updated", {{"description", "a"}}, {{"description", "b"}}) ==
          "Updated: description");
    CHECK(change("contact.updated", {{"metadata", JsonObject{}}},
                 {{"metadata", JsonObject{{"a", 1}}}}) == "Updated: metadata");
}

TEST_CASE("tenants and users are told by their labels") {
    CHECK(change("user.updated", {{"role", "member"}}, {{"role", "admin"}}) ==
          "Role changed: Member → Admin");
    CHECK(change("tenant.updated", {{"currency", "USD"}}, {{"currency", "EUR"}}) ==
          "Currency changed: USD → EUR");
    CHECK(change("tenant.updated", {{"pipeline_stages", JsonArray{}}},
                 {{"pipeline_stages", JsonArray{JsonObject{{"key", "won"}}}}}) ==
          "Updated: pipeline stages");
    CHECK(change("tenant.updated", {{"http_allowlist", JsonArray{}}},
                 {{"http_allowlist", JsonArray{"a.example"}}, {"slug", "b"}}) ==
          "Updated: http allowlist, slug");
}

TEST_CASE("fields and kinds that are no longer declared still have a line") {
    CHECK(change("contact.updated", {{"fax_number", "1"}}, {{"fax_number", "2"}}) ==
          "Fax number changed: 1 → 2");
    CHECK(change("gadget.updated", {{"size", 1}}, {{"size", 2}}) == "Size changed: 1 → 2");
}
