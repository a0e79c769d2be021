#include "domain/record/change.hpp"
#include "domain/record/kind.hpp"
#include "domain/view.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace throughline;
using Names = std::vector<std::string>;

namespace {

/// There may be more: fields and events are added.
bool has_all(const Names& names, const Names& expected) {
    return std::ranges::all_of(expected, [&](const std::string& name) {
        return std::ranges::find(names, name) != names.end();
    });
}

} // namespace

TEST_CASE("kinds are found by singular and plural") {
    const Registry registry = standard_registry();
    CHECK(registry.find("contact") == registry.find("contacts"));
    CHECK(registry.find("organizations")->name == "organization");
    CHECK(registry.find("contact ") == nullptr);
    CHECK(registry.find("") == nullptr);
}

TEST_CASE("a kind names its event types") {
    CHECK(has_all(contact_kind().event_types(),
                  {"contact.created", "contact.updated", "contact.status_changed"}));
    CHECK(organization_kind().event_types() ==
          Names{"organization.created", "organization.updated", "organization.deleted",
                "organization.restored", "organization.erased", "organization.merged",
                "organization.merged_into", "organization.unmerged"});
}

TEST_CASE("contacts and organizations have the fields that the API promises") {
    const auto names = [](const Kind& kind) {
        Names out;
        for (const Field& field : kind.fields) out.push_back(field.name);
        return out;
    };
    CHECK(
        has_all(names(contact_kind()), {"name", "email", "phone", "job_position", "organization_id",
                                        "tags", "status", "owner_id", "metadata"}));
    CHECK(has_all(names(organization_kind()),
                  {"name", "description", "industry", "website", "metadata"}));
    CHECK(contact_kind().field("status")->choices ==
          Names{"new", "active", "qualified", "customer", "inactive"});
    CHECK(contact_kind().field("organization") == nullptr);
}

TEST_CASE("labels and name members come from the name") {
    CHECK(text("job_position").label == "Job position");
    CHECK(reference("organization_id", "organization").label == "Organization");
    CHECK(label_of("in_progress") == "In progress");
    CHECK(reference("organization_id", "organization").name_member() == "organization");
    CHECK(text("external_id").name_member().empty());
}

TEST_CASE("a chain leaves the field it started from alone") {
    const Field plain = text("name");
    const Field full = plain.required().personal().searchable().sortable().at_most(9);
    CHECK(full.is_required);
    CHECK(full.is_personal);
    CHECK(full.is_searchable);
    CHECK(full.is_sortable);
    CHECK(full.max_length == 9);
    CHECK_FALSE(plain.is_required);
    CHECK(plain.max_length == 255);
}

TEST_CASE("a change of a view's filter is made in the filter that the view has by then") {
    const Kind views = view_kind();
    const auto settled = [&](const char* has, const char* change) {
        Record view;
        view.version = 2;
        view.fields = {{"name", "Big"}, {"filter", parse_json(has)}};
        return to_text(*views.settle(views, view, {{"filter", parse_json(change)}}, {}));
    };
    CHECK(settled(R"({"stage":"new","value":{"gte":10}})", R"({"value":{"lt":20}})") ==
          R"({"filter":{"stage":"new","value":{"gte":10,"lt":20}}})");
    CHECK(settled(R"({"stage":"new","value":5})", R"({"value":null})") ==
          R"({"filter":{"stage":"new"}})");
    CHECK(settled(R"({"stage":"new"})", "null") == R"({"filter":null})");
    CHECK(settled("null", R"({"stage":"new"})") == R"({"filter":{"stage":"new"}})");
    Record view;
    view.version = 1;
    CHECK(*views.settle(views, view, {{"sort", "name"}}, {}) == JsonObject{{"sort", "name"}});
}
