#include "projections/duplicates.hpp"
#include "projections/lists.hpp"
#include "tests/support/projected_log.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace throughline;

namespace {

using Ids = std::vector<Uuid>;
using Reasons = std::vector<std::string>;

struct Alike : ProjectedLog {
    Registry registry = standard_registry();
    const Kind& contacts = *registry.find("contact");
    const Kind& organizations = *registry.find("organization");
    const Kind& leads = *registry.find("lead");
    ListProjection list{contacts};
    ListProjection organization_list{organizations};
    ListProjection lead_list{leads};
    const Caller all = Caller::system();

    Alike() {
        migrate_model(list);
        migrate_model(organization_list);
        migrate_model(lead_list);
    }

    Uuid contact(const std::string& name, JsonObject more = {}) {
        more.set("name", name);
        return create(contacts, more);
    }
    DuplicatePage page(const Kind& kind, const Caller& caller, std::size_t limit = 50,
                       const std::string& cursor = "") {
        apply(list);
        apply(organization_list);
        apply(lead_list);
        Database app(url(), Role::app, 1);
        return Duplicates(app).page(tenant, caller, kind, limit, cursor).value();
    }
    std::vector<DuplicateGroup> groups() { return page(contacts, all).groups; }
};

} // namespace

TEST_CASE_FIXTURE(Alike, "addresses, numbers and names are compared in their normal forms") {
    const Uuid a = contact("Ada", {{"email", "Ada@Example.com"}});
    const Uuid b = contact("Lovelace", {{"email", "ada@example.com"}});
    const Uuid c = contact("Carl", {{"phone", "+44 20 7946 0958"}});
    const Uuid d = contact("Dora", {{"phone", "+442079460958"}});
    const Uuid e = contact("Zoë Anders");
    const Uuid f = contact("ZOË ANDERS");
    contact("Nobody like this", {{"email", "else@example.com"}, {"phone", "+1 555 1"}});
    const auto found = groups();
    REQUIRE(found.size() == 3);
    CHECK(found[0].ids == Ids{a, b});
    CHECK(found[0].reasons == Reasons{"email"});
    CHECK(found[0].score == 0.9);
    CHECK(found[1].ids == Ids{c, d});
    CHECK(found[1].reasons == Reasons{"phone"});
    CHECK(found[1].score == 0.8);
    CHECK(found[2].ids == Ids{e, f});
    CHECK(found[2].reasons == Reasons{"name"});
    CHECK(found[2].score == 0.4);
}

TEST_CASE_FIXTURE(Alike, "a group comes once, with all that its records share") {
    const JsonObject same{{"email", "ada@example.com"}, {"phone", "+1 555 1"}};
    const Uuid a = contact("Ada", same);
    const Uuid b = contact("ada", same);
    auto found = groups();
    REQUIRE(found.size() == 1);
    CHECK(found[0].reasons == Reasons{"email", "phone", "name"});
    CHECK(found[0].score == 0.99);
    const Uuid c = contact("Ada"); // of the name alone: another set of records
    found = groups();
    REQUIRE(found.size() == 2);
    CHECK(found[0].ids == Ids{a, b});
    CHECK(found[1].ids == Ids{a, b, c});
    CHECK(found[1].reasons == Reasons{"name"});
}

TEST_CASE_FIXTURE(Alike, "people of one name are alike within one organization") {
    const Uuid acme = create(organizations, {{"name", "Acme"}});
    const Uuid works = create(organizations, {{"name", "Works"}});
    const auto at = [](const Uuid& id) { return JsonObject{{"organization_id", to_string(id)}}; };
    const Uuid a = contact("Anna Smith", at(acme));
    contact("Anna Smith", at(works));
    contact("Anna Smith");
    CHECK(groups().empty());
    const Uuid b = contact("Anna Smith", at(acme));
    const auto found = groups();
    REQUIRE(found.size() == 1);
    CHECK(found[0].ids == Ids{a, b});
    CHECK(found[0].score == 0.6);
    create(organizations, {{"name", "ACME"}});
    CHECK(page(organizations, all).groups.at(0).score == 0.6);
}

TEST_CASE_FIXTURE(Alike, "leads of one name are alike within one company, as text or linked") {
    const std::string acme = to_string(create(organizations, {{"name", "Acme"}}));
    const auto lead = [&](const std::string& name, JsonObject more) {
        more.set("name", name);
        return create(leads, more);
    };
    const Uuid a = lead("John Smith", {{"company", "Acme"}});
    const Uuid b = lead("John Smith", {{"company", "ACME"}, {"organization_id", acme}});
    lead("John Smith", {{"company", "Globex"}});
    lead("John Smith", {});
    const Uuid c = lead("Paul Jones", {{"organization_id", acme}});
    lead("Paul Jones", {{"company", "Globex"}, {"organization_id", acme}});
    const Uuid d = lead("Paul Jones", {{"organization_id", acme}});
    const Uuid e = lead("Zoe", {});
    const Uuid f = lead("Zoe", {});
    const auto found = page(leads, all).groups;
    REQUIRE(found.size() == 3);
    CHECK(found[0].ids == Ids{a, b});
    CHECK(found[0].score == 0.6);
    CHECK(found[1].ids == Ids{c, d});
    CHECK(found[1].score == 0.6);
    CHECK(found[2].ids == Ids{e, f});
    CHECK(found[2].reasons == Reasons{"name"});
    CHECK(found[2].score == 0.4);
}

TEST_CASE_FIXTURE(Alike, "hidden and deleted records are nobody's duplicates") {
    const Uuid me = new_id();
    const JsonObject mine{{"email", "a@example.com"}, {"owner_id", to_string(me)}};
    contact("A", mine);
    contact("B", {{"email", "a@example.com"}, {"owner_id", to_string(new_id())}});
    const Caller restricted{me, level_of("member"), true};
    CHECK(groups().size() == 1);
    CHECK(page(contacts, restricted).groups.empty());
    const Uuid last = contact("C", mine);
    CHECK(page(contacts, restricted).groups.at(0).ids.size() == 2);
    remove(contacts, last);
    CHECK(page(contacts, restricted).groups.empty());
    CHECK(page(contacts, Caller{}).groups.empty());
}

TEST_CASE_FIXTURE(Alike, "pages follow each other over all reasons, also of groups passed over") {
    std::set<Uuid> expected;
    for (int i = 0; i < 7; ++i) {
        const std::string n = std::to_string(i);
        JsonObject shared{{"email", n + "@example.com"}};
        if (i % 2 == 0) shared.set("phone", "+1 555 " + n); // known by its email already
        expected.insert(contact("E" + n, shared));
        contact("F" + n, shared);
        expected.insert(contact("Name " + n));
        contact("Name " + n);
    }
    for (const std::size_t limit : {1, 2, 3, 50}) {
        std::set<Uuid> seen;
        std::string cursor;
        do {
            const DuplicatePage some = page(contacts, all, limit, cursor);
            CHECK(some.groups.size() <= limit);
            for (const DuplicateGroup& group : some.groups)
                CHECK(seen.insert(group.ids.front()).second);
            cursor = some.next.value_or("");
        } while (!cursor.empty());
        CHECK(seen == expected);
    }
    Database app(url(), Role::app, 1);
    const std::string other = page(contacts, all, 1).next.value();
    CHECK(Duplicates(app).page(tenant, all, organizations, 1, other).has_error());
}
