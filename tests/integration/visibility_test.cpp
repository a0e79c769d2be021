#include "domain/record/ownership.hpp"
#include "projections/lists.hpp"
#include "projections/timeline.hpp"
#include "tests/support/projected_log.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace throughline;

namespace {

using Names = std::set<std::string>;

/// Notes about an organization, each with an author or none, and an assignee or none.
struct Notes : ProjectedLog {
    Registry registry{
        {organization_kind(),
         Kind{"note",
              "notes",
              {text("name").required().sortable(), reference("organization_id", "organization"),
               reference("author_id", "user"), reference("assignee_id", "user"),
               reference("about_id", "note"), email("email"), metadata("metadata")}}}};
    const Kind& notes = *registry.find("note");
    ListProjection list{notes};
    TimelineProjection timeline;
    Uuid me = new_id();
    Uuid other = new_id();
    Uuid organization = create(*registry.find("organization"), {{"name", "Acme"}});
    const Caller restricted{me, level_of("member"), true};

    Notes() {
        migrate_model(list);
        migrate_model(timeline);
        const Uuid nobody;
        for (const Uuid& author : {me, other, nobody})
            for (const Uuid& assignee : {me, other, nobody}) note(author, assignee);
    }

    static std::string letter(const Uuid& id, const Uuid& mine) {
        return id.is_nil() ? "-" : id == mine ? "m" : "o";
    }
    Uuid note(const Uuid& author, const Uuid& assignee) {
        const auto person = [](const Uuid& id) { return id.is_nil() ? Json() : to_string(id); };
        return create(notes, {{"name", letter(author, me) + letter(assignee, me)},
                              {"organization_id", to_string(organization)},
                              {"author_id", person(author)},
                              {"assignee_id", person(assignee)},
                              {"email", "same@example.com"}});
    }
    ListPage page(const Caller& caller, const QueryParameters& query = {}) {
        apply(list);
        Database app(url(), Role::app, 1);
        return Lists(app)
            .page(tenant, caller, notes, read_list_request(notes, query).value())
            .value();
    }
    Names listed(const Caller& caller, const QueryParameters& query = {}) {
        Names names;
        for (const ListItem& item : page(caller, query).items)
            names.insert(title_of(notes, record_of(notes, item).fields));
        return names;
    }
    OffsetPage told(const Caller& caller, const StreamKey& of, const OffsetRequest& request = {}) {
        apply(timeline);
        Database app(url(), Role::app, 1);
        return Timeline(app).page(tenant, registry, caller, {of, {}, {}, {}}, request).value();
    }
    Names told_of(const Caller& caller) {
        Names names;
        for (const std::string& item : told(caller, {"organization", organization}).items)
            if (const Json read = parse_json(item); read.find("details")->find("via") != nullptr)
                names.insert(read.find("details")->find("via")->text("name"));
        return names;
    }
};

const Names all{"mm", "mo", "m-", "om", "oo", "o-", "-m", "-o", "--"};
const Names seen{"mm", "mo", "m-", "om", "-m", "--"}; // one of two is enough, or nobody at all

} // namespace

TEST_CASE("a list shows what one owns or is assigned to, and what nobody does") {
    Notes log;
    CHECK(log.listed(Caller::system()) == all);
    CHECK(log.listed({log.me, level_of("member"), false}) == all);
    CHECK(log.listed({log.me, level_of("manager"), true}) == all);
    CHECK(log.listed(log.restricted) == seen);
    CHECK(log.listed({new_id(), level_of("viewer"), true}) == Names{"--"});
    CHECK(log.listed({}).empty());
    const ListPage counted = log.page(log.restricted, {{"count", "true"}, {"limit", "2"}});
    CHECK(counted.total == 6);
    Names walked;
    for (QueryParameters query{{"sort", "-name"}, {"limit", "2"}, {"cursor", ""}};;) {
        const ListPage page = log.page(log.restricted, query);
        for (const ListItem& item : page.items)
            walked.insert(title_of(log.notes, record_of(log.notes, item).fields));
        if (!page.next) break;
        query.back().second = *page.next;
    }
    CHECK(walked == seen);
}

TEST_CASE("an import's look-up finds the oldest that one sees") {
    Notes log;
    log.apply(log.list);
    Database app(log.url(), Role::app, 1);
    const auto first = [&](const Caller& caller) {
        return Lists(app)
            .find_by_email(log.tenant, caller, log.notes, {"same@example.com"})
            .front();
    };
    CHECK(log.record(first(Caller::system())) == log.record(first(log.restricted))); // "mm"
    const Uuid found = first({log.other, level_of("member"), true});
    CHECK(title_of(log.notes, log.record(found).fields) == "mo");
    CHECK(title_of(log.notes, log.record(first({new_id(), level_of("member"), true})).fields) ==
          "--");
}

TEST_CASE("a timeline leaves out items of hidden records, in its total and its pages too") {
    Notes log;
    CHECK(log.told_of(Caller::system()) == all);
    CHECK(log.told_of(log.restricted) == seen);
    CHECK(log.told(log.restricted, {"organization", log.organization}).total == 7);
    std::size_t items = 0;
    OffsetRequest request{2, 0, ""};
    do {
        const OffsetPage page =
            log.told(log.restricted, {"organization", log.organization}, request);
        items += page.items.size();
        request.cursor = page.next.value_or("");
    } while (!request.cursor.empty());
    CHECK(items == 7);
    // By what a record is now, and of a deleted one by what it was last.
    const Uuid changing = log.note(log.me, log.me);
    log.update(log.notes, changing, {{"name", "changing"}});
    CHECK(log.told_of(log.restricted).contains("changing"));
    log.remove(log.notes, changing);
    CHECK(log.told_of(log.restricted).contains("changing"));
    log.restore(log.notes, changing);
    log.update(log.notes, changing,
               {{"author_id", to_string(log.other)}, {"assignee_id", nullptr}});
    CHECK_FALSE(log.told_of(log.restricted).contains("changing"));
}

TEST_CASE("a summary does not name what is hidden") {
    Notes log;
    const Uuid secret =
        log.create(log.notes, {{"name", "Secret"}, {"author_id", to_string(log.other)}});
    const Uuid mine = log.create(log.notes, {{"name", "Mine"}, {"author_id", to_string(log.me)}});
    log.update(log.notes, mine, {{"about_id", to_string(secret)}});
    const auto summary = [&](const Caller& caller) {
        return parse_json(log.told(caller, {"note", mine}).items.front()).text("summary");
    };
    CHECK(summary(Caller::system()) == "About changed: none → Secret");
    CHECK(summary(log.restricted) == "About changed: none → " + to_string(secret));
}
