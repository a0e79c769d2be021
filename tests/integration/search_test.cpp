#include "domain/search_query.hpp"
#include "projections/search.hpp"
#include "projections/search_terms.hpp"
#include "tests/support/projected_log.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace throughline;

namespace {

using Titles = std::vector<std::string>;

struct Searched : ProjectedLog {
    Registry registry = standard_registry();
    const Kind& contacts = *registry.find("contact");
    const Kind& organizations = *registry.find("organization");
    SearchProjection model{registry};
    Uuid me = new_id();
    Uuid other = new_id();
    const Caller all = Caller::system();
    const Caller restricted{me, level_of("member"), true};

    Searched() { migrate_model(model); }

    Uuid contact(const std::string& name, JsonObject more = {}) {
        more.set("name", name);
        return create(contacts, more);
    }
    SearchPage page(SearchRequest request, const Caller& caller) {
        apply(model);
        Database app(url(), Role::app, 1);
        return Search(app, registry).page(tenant, caller, request).value();
    }
    SearchPage page(const std::string& query) { return page(asked(query), all); }
    static SearchRequest asked(const std::string& query) {
        SearchRequest request;
        request.words = query_words(query);
        return request;
    }
    static Titles titles(const SearchPage& page) {
        Titles found;
        for (const SearchHit& hit : page.hits) found.push_back(hit.title);
        return found;
    }
    Titles found(const std::string& query) { return titles(page(query)); }
    Titles found(const SearchRequest& request, const Caller& caller) {
        return titles(page(request, caller));
    }
};

} // namespace

TEST_CASE_FIXTURE(Searched,
                  "records of all kinds are found by all words, the last as a beginning") {
    contact("Ada Lovelace", {{"tags", JsonArray{"math"}}});
    contact("Zoë Ångström", {{"phone", "+44 20 7946 0958"}});
    create(organizations, {{"name", "Lovelace Works"}, {"description", "Engines by Ada"}});
    CHECK(found("lovelace") == Titles{"Lovelace Works", "Ada Lovelace"});
    CHECK(found("ada love") == Titles{"Ada Lovelace", "Lovelace Works"});
    CHECK(found("ada nobody").empty());
    CHECK(found("zoe angstrom") == Titles{"Zoë Ångström"});
    CHECK(found("+442079460958") == Titles{"Zoë Ångström"});
    CHECK(found("").empty());
    const SearchPage shown = page("math lovelace");
    REQUIRE(shown.hits.size() == 1);
    CHECK(to_text(shown.hits[0].highlights) ==
          R"({"name":"Ada <mark>Lovelace</mark>","tags":"<mark>math</mark>"})");
    CHECK(to_text(page("44207946").hits.at(0).highlights) ==
          R"({"phone":"<mark>+44 20 7946 0958</mark>"})");
}

TEST_CASE_FIXTURE(Searched, "a word counts before its beginning, the title before other fields") {
    contact("Somebody", {{"job_position", "Marketing"}});
    contact("Someone", {{"job_position", "Mark"}});
    contact("Marker Jones");
    contact("Mark Smith");
    contact("Mark Brown");
    const SearchPage ranked = page("mark");
    CHECK(titles(ranked) ==
          Titles{"Mark Brown", "Mark Smith", "Someone", "Marker Jones", "Somebody"});
    std::vector<double> scores;
    for (const SearchHit& hit : ranked.hits) scores.push_back(hit.score);
    CHECK(scores == std::vector<double>{1, 1, 0.75, 0.5, 0.25});
    CHECK(page("jones mark").hits.at(0).score == 0.5);
}

TEST_CASE_FIXTURE(Searched, "what a message without a subject is called by is no title") {
    const JsonObject message{{"channel", "email"}, {"direction", "in"}, {"body", "A needle"}};
    create(*registry.find("message"), message);
    const SearchPage found_one = page("needle");
    REQUIRE(found_one.hits.size() == 1);
    CHECK(found_one.hits[0].title == "A needle");
    CHECK(found_one.hits[0].score == 0.75);
}

TEST_CASE_FIXTURE(Searched, "a change is found by its new words, a deleted record not at all") {
    const Uuid id = contact("Ada Lovelace", {{"email", "ada@example.com"}});
    CHECK(found("lovelace").size() == 1);
    update(contacts, id, {{"name", "Ada King"}});
    CHECK(found("lovelace").empty());
    CHECK(found("king") == Titles{"Ada King"});
    CHECK(found("ada@exam") == Titles{"Ada King"});
    remove(contacts, id);
    CHECK(found("king").empty());
    restore(contacts, id);
    CHECK(found("king") == Titles{"Ada King"});
}

TEST_CASE_FIXTURE(Searched, "kind, owner and time of the last change narrow it") {
    contact("Mine Word", {{"owner_id", to_string(me)}});
    const Time before = last_time();
    contact("Others Word", {{"owner_id", to_string(other)}});
    create(organizations, {{"name", "Works Word"}});
    SearchRequest request = asked("word");
    request.kinds = {"organization"};
    CHECK(found(request, all) == Titles{"Works Word"});
    request.kinds = {"contact", "organization"};
    CHECK(found(request, all).size() == 3);
    request = asked("word");
    request.user = me;
    CHECK(found(request, all) == Titles{"Mine Word"});
    request = asked("word");
    request.from = before + std::chrono::seconds(1);
    CHECK(found(request, all) == Titles{"Works Word", "Others Word"});
    request = asked("word");
    request.to = before;
    CHECK(found(request, all).empty());
    request.to = before + std::chrono::microseconds(1);
    CHECK(found(request, all) == Titles{"Mine Word"});
}

TEST_CASE_FIXTURE(Searched, "what the caller may not see is not found") {
    contact("Mine Word", {{"owner_id", to_string(me)}});
    contact("Others Word", {{"owner_id", to_string(other)}});
    contact("Nobodys Word");
    create(organizations, {{"name", "Shared Word"}});
    CHECK(found(asked("word"), restricted) == Titles{"Shared Word", "Nobodys Word", "Mine Word"});
    CHECK(found(asked("others"), restricted).empty());
    SearchRequest theirs = asked("word");
    theirs.user = other;
    CHECK(found(theirs, restricted).empty());
    CHECK(found(theirs, all) == Titles{"Others Word"});
    CHECK(found(asked("word"), Caller{}).empty());
}

TEST_CASE_FIXTURE(Searched, "another tenant's records are not found, whatever their terms") {
    contact("Ours Word");
    const Uuid ours = tenant;
    tenant = new_id();
    // The tag of a tenant is made of the last three bytes of its id.
    std::copy(ours.bytes.begin() + 13, ours.bytes.end(), tenant.bytes.begin() + 13);
    REQUIRE(SearchTerms(ours).word("a") == SearchTerms(tenant).word("a"));
    contact("Theirs Word");
    CHECK(found("word") == Titles{"Theirs Word"});
    tenant = ours;
    CHECK(found("word") == Titles{"Ours Word"});
}

TEST_CASE_FIXTURE(Searched, "pages follow each other without a double or a gap") {
    for (int i = 0; i < 12; ++i) contact(i % 3 == 0 ? "Word" : "Wordy " + std::to_string(i));
    SearchRequest request = asked("word");
    request.limit = 5;
    std::set<Uuid> seen;
    std::vector<std::size_t> sizes;
    for (;;) {
        const SearchPage some = page(request, all);
        sizes.push_back(some.hits.size());
        for (const SearchHit& hit : some.hits) CHECK(seen.insert(hit.record.id).second);
        if (!some.next) break;
        request.cursor = *some.next;
    }
    CHECK(sizes == std::vector<std::size_t>{5, 5, 2});
    Database app(url(), Role::app, 1);
    SearchRequest other_query = asked("words");
    other_query.cursor = request.cursor;
    CHECK(Search(app, registry).page(tenant, all, other_query).error().refusal ==
          Refusal::malformed);
}

TEST_CASE_FIXTURE(Searched, "pages of titles with all words go on with what has them elsewhere") {
    for (int i = 0; i < 5; ++i) contact("Word " + std::to_string(i));
    contact("Wordy");
    contact("Somebody", {{"job_position", "Word"}});
    for (const std::size_t limit : {1U, 2U, 5U, 6U, 7U}) {
        CAPTURE(limit);
        SearchRequest request = asked("word");
        request.limit = limit;
        Titles all_pages;
        for (;;) {
            const SearchPage some = page(request, all);
            for (const std::string& title : titles(some)) all_pages.push_back(title);
            if (!some.next) break;
            request.cursor = *some.next;
        }
        CHECK(all_pages ==
              Titles{"Word 4", "Word 3", "Word 2", "Word 1", "Word 0", "Somebody", "Wordy"});
    }
}

TEST_CASE_FIXTURE(Searched, "of more than 10,000 matches the 1,000 changed last are ranked, and "
                            "before them those with all words in the title") {
    contact("Common Word");
    apply(model);
    pqxx::work transaction(owner());
    transaction.exec_params(
        "insert into search select tenant_id, kind, gen_random_uuid(), 1,"
        " updated_at + n * interval '1 second', owners, array_to_tsvector(array[$1]::text[])"
        " from search, generate_series(1, $2::int) as n",
        SearchTerms(tenant).word("word"), 9'999);
    transaction.exec("insert into search_texts select search.tenant_id, search.kind, search.id, 1,"
                     " state from search, search_texts on conflict do nothing");
    transaction.commit();
    SearchRequest request = asked("word");
    request.limit = 200;
    CHECK(page(request, all).hits.at(0).score == 1); // the oldest, by its title
    pqxx::work more(owner());
    more.exec("insert into search select tenant_id, kind, gen_random_uuid(), 1, updated_at,"
              " owners, words from search order by updated_at desc limit 1");
    more.exec("insert into search_texts select search.tenant_id, search.kind, search.id, 1, state"
              " from search, (select state from search_texts limit 1) as any_text"
              " on conflict do nothing");
    more.commit();
    std::vector<double> scores;
    for (;;) {
        const SearchPage some = page(request, all);
        for (const SearchHit& hit : some.hits) scores.push_back(hit.score);
        if (!some.next) break;
        request.cursor = *some.next;
    }
    CHECK(std::ranges::count(scores, 0.75) == 1'000);
    CHECK(scores.front() == 1);
    CHECK(scores.size() == 1'001);
}
