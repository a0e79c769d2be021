#include "projections/lists.hpp"
#include "tests/support/projected_log.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace throughline;

namespace {

struct ContactList : ProjectedLog {
    Kind contacts = contact_kind();
    ListProjection projection{contacts};

    ContactList() { migrate_model(projection); }

    Result<ListPage> page(const QueryParameters& query) {
        apply(projection);
        Database app(url(), Role::app, 1);
        const auto request = read_list_request(contacts, query);
        REQUIRE(request.has_value());
        return Lists(app).page(tenant, Caller::system(), contacts, *request);
    }
    std::vector<std::string> names_of(const ListPage& page) const {
        std::vector<std::string> names;
        for (const ListItem& item : page.items)
            names.push_back(title_of(contacts, record_of(contacts, item).fields));
        return names;
    }
    std::vector<std::string> names(const QueryParameters& query) {
        return names_of(page(query).value());
    }

    /// All pages, from first to last.
    std::vector<std::string> walk(QueryParameters query, const std::string& limit) {
        std::vector<std::string> all;
        query.emplace_back("limit", limit);
        query.emplace_back("cursor", "");
        while (true) {
            const ListPage read = page(query).value();
            const auto names = names_of(read);
            all.insert(all.end(), names.begin(), names.end());
            REQUIRE(names.size() <= std::stoul(limit));
            if (!read.next) return all;
            REQUIRE(names.size() == std::stoul(limit));
            query.back().second = *read.next;
        }
    }
};

using Names = std::vector<std::string>;

/// Names a to h; some phones and job positions are the same, some null.
struct SortedList : ContactList {
    SortedList() {
        add("a", "1111", "z");
        add("b", nullptr, "z");
        add("c", "3333", "y");
        add("d", nullptr, nullptr);
        add("e", "1111", nullptr);
        add("f", "2222", "Z");
        add("g", nullptr, "x");
        add("h", "9999", "y");
    }
    void add(const std::string& name, const Json& phone, const Json& job) {
        create(contacts, {{"name", name}, {"phone", phone}, {"job_position", job}});
    }
};

} // namespace

TEST_CASE("a list is newest first where no order is asked") {
    ContactList log;
    for (const char* name : {"a", "b", "c"}) log.create(log.contacts, {{"name", name}});
    CHECK(log.names({}) == Names{"c", "b", "a"});
    CHECK(log.names({{"sort", "id"}}) == Names{"a", "b", "c"});
    CHECK(log.names({{"sort", "-id"}}) == Names{"c", "b", "a"});
}

TEST_CASE("nulls sort last in both directions") {
    SortedList log;
    CHECK(log.names({{"sort", "phone"}}) == Names{"a", "e", "f", "c", "h", "b", "d", "g"});
    CHECK(log.names({{"sort", "-phone"}}) == Names{"h", "c", "f", "e", "a", "g", "d", "b"});
    CHECK(log.names({{"sort", "job_position,-name"}}) ==
          Names{"g", "h", "c", "f", "b", "a", "e", "d"});
    CHECK(log.names({{"sort", "-job_position,phone"}}) ==
          Names{"a", "f", "b", "c", "h", "g", "e", "d"});
}

TEST_CASE("pages of any order lose nothing and repeat nothing") {
    SortedList log;
    for (const char* sort : {"name",
                             "-name",
                             "phone",
                             "-phone",
                             "job_position",
                             "-job_position",
                             "id",
                             "-id",
                             "created_at",
                             "-updated_at",
                             "version",
                             "-version",
                             "status",
                             "organization_id",
                             "job_position,phone",
                             "-job_position,phone",
                             "job_position,-phone,name",
                             "-phone,-job_position",
                             "version,-name",
                             "phone,-updated_at",
                             "status,-id",
                             "-status,id",
                             "phone,-id",
                             "-phone,id"}) {
        CAPTURE(sort);
        const Names whole = log.names({{"sort", sort}});
        CHECK(whole.size() == 8);
        for (const char* limit : {"1", "2", "3", "4", "8"})
            CHECK(log.walk({{"sort", sort}}, limit) == whole);
    }
    CHECK(log.walk({{"filter[phone][exists]", "true"}, {"sort", "-phone"}}, "2") ==
          Names{"h", "c", "f", "e", "a"});
    CHECK(log.walk({}, "3") == Names{"h", "g", "f", "e", "d", "c", "b", "a"});
}

TEST_CASE("pages in the order of any value of metadata go on, with cursors that are no long text") {
    ContactList log;
    const auto add = [&](const char* name, Json value) {
        log.create(log.contacts,
                   {{"name", name}, {"metadata", JsonObject{{"k", std::move(value)}}}});
    };
    const std::string same(12'000, 'x');
    add("a", JsonNumber{"1e50"});
    add("b", JsonNumber{"-1e-50"});
    add("c", same + "1");
    add("d", "y");
    add("e", JsonArray{JsonNumber{"1e50"}});
    add("f", JsonObject{{"text", same}});
    add("g", same + "0");
    for (const char* limit : {"1", "2", "7"}) {
        CAPTURE(limit);
        CHECK(log.walk({{"sort", "metadata.k"}}, limit) ==
              Names{"c", "g", "d", "b", "a", "e", "f"});
        CHECK(log.walk({{"sort", "-metadata.k,-name"}}, limit) ==
              Names{"a", "b", "d", "g", "c", "f", "e"});
    }
    const auto next = log.page({{"sort", "metadata.k"}, {"limit", "1"}})->next;
    REQUIRE(next.has_value());
    CHECK(next->size() < 1000);
}

TEST_CASE("a list in the order of a long text is paged by how it begins") {
    ProjectedLog log;
    const Kind organizations = organization_kind();
    ListProjection projection(organizations);
    log.migrate_model(projection);
    const std::string same(12'000, 'x');
    for (const std::string& description : {same, same, std::string("y")})
        log.create(organizations, {{"name", "o"}, {"description", description}});
    log.create(organizations, {{"name", "none"}});
    log.apply(projection);
    Database app(log.url(), Role::app, 1);
    std::set<Uuid> seen;
    QueryParameters query{{"sort", "-description"}, {"limit", "1"}, {"cursor", ""}};
    for (int i = 0; i < 4; ++i) {
        const auto request = read_list_request(organizations, query).value();
        const ListPage page =
            Lists(app).page(log.tenant, Caller::system(), organizations, request).value();
        REQUIRE(page.items.size() == 1);
        seen.insert(page.items.front().id);
        CHECK(page.next.has_value() == (i < 3));
        query.back().second = page.next.value_or("");
        CHECK(query.back().second.size() < 1000);
    }
    CHECK(seen.size() == 4);
}

TEST_CASE("a cursor of another sort or filter, or a forged one, is refused") {
    SortedList log;
    const std::string cursor = log.page({{"sort", "name"}, {"limit", "2"}})->next.value();
    for (const QueryParameters& query :
         {QueryParameters{{"cursor", cursor}},
          QueryParameters{{"sort", "-name"}, {"cursor", cursor}},
          QueryParameters{{"sort", "name"}, {"filter[phone]", "1111"}, {"cursor", cursor}},
          QueryParameters{{"sort", "name"}, {"q", "x"}, {"cursor", cursor}},
          QueryParameters{{"sort", "name"}, {"cursor", "bm9uc2Vuc2U"}}}) {
        const auto refused = log.page(query);
        REQUIRE(refused.has_error());
        CHECK(refused.error().refusal == Refusal::malformed);
        CHECK(refused.error().errors.front().code == "invalid_cursor");
    }
    CHECK(log.page({{"sort", "name"}, {"limit", "7"}, {"cursor", cursor}}).has_value());
}

TEST_CASE("the total is counted when asked") {
    SortedList log;
    CHECK_FALSE(log.page({})->total.has_value());
    CHECK(log.page({{"count", "true"}, {"limit", "1"}})->total == 8);
    const auto filtered = log.page({{"count", "true"}, {"filter[phone]", "1111"}});
    CHECK(filtered->total == 2);
    CHECK_FALSE(filtered->total_capped);
    log.apply(log.projection);
    pqxx::nontransaction(log.owner())
        .exec("insert into list_contact (tenant_id, id, version, created_at, updated_at, name, "
              "words, state)"
              " select tenant_id, gen_random_uuid(), 1, created_at, updated_at, name, words, state"
              " from list_contact, generate_series(1, 10000) where name = 'a'");
    const auto capped = log.page({{"count", "true"}, {"limit", "1"}});
    CHECK(capped->total == 10000);
    CHECK(capped->total_capped);
}

TEST_CASE("q finds all words, the last as a prefix, without marks and case") {
    ContactList log;
    log.create(
        log.contacts,
        {{"name", "Zoë O'Brien"}, {"email", "zoe@acme.com"}, {"tags", JsonArray{"Key Account"}}});
    log.create(log.contacts,
               {{"name", "Ann Brown"}, {"phone", "+33 (1) 23-45"}, {"job_position", "C\\O"}});
    CHECK(log.names({{"q", "ZOE"}}) == Names{"Zoë O'Brien"});
    CHECK(log.names({{"q", "br"}}) == Names{"Ann Brown", "Zoë O'Brien"});
    CHECK(log.names({{"q", "br ann"}}) == Names{});
    CHECK(log.names({{"q", "brown an"}}) == Names{"Ann Brown"});
    CHECK(log.names({{"q", "zoe@acme.co"}}) == Names{"Zoë O'Brien"});
    CHECK(log.names({{"q", "acme"}}) == Names{"Zoë O'Brien"});
    CHECK(log.names({{"q", "account"}}) == Names{"Zoë O'Brien"});
    CHECK(log.names({{"q", "3312345"}}) == Names{"Ann Brown"});
    CHECK(log.names({{"q", "o'bri"}}) == Names{"Zoë O'Brien"});
    CHECK(log.names({{"q", "c\\o"}}) == Names{"Ann Brown"});
    CHECK(log.names({{"q", "' | 'x"}}) == Names{});
    CHECK(log.names({{"q", "ann"}, {"filter[phone][exists]", "false"}}) == Names{});
}

TEST_CASE("an item is the record as it was folded") {
    ContactList log;
    const Uuid id =
        log.create(log.contacts, {{"name", "Zoë"},
                                  {"email", "Zoe@ACME.com"},
                                  {"metadata", JsonObject{{"price", JsonNumber{"1200.10"}}}}});
    log.update(log.contacts, id, {{"status", "active"}, {"tags", JsonArray{"VIP"}}});
    const ListPage page = log.page({}).value();
    REQUIRE(page.items.size() == 1);
    CHECK(page.items.front().id == id);
    CHECK(record_of(log.contacts, page.items.front()) == log.record(id));
    CHECK(page.items.front().version == 3);
}

TEST_CASE("deleted records leave the list and come back with their time of creation") {
    ContactList log;
    const Uuid id = log.create(log.contacts, {{"name", "a"}});
    log.apply(log.projection);
    log.remove(log.contacts, id);
    CHECK(log.names({}) == Names{});
    log.restore(log.contacts, id);
    log.update(log.contacts, id, {{"name", "b"}});
    CHECK(record_of(log.contacts, log.page({})->items.front()) == log.record(id));
}

TEST_CASE("another tenant's list is not seen") {
    ContactList log;
    log.create(log.contacts, {{"name", "a"}, {"email", "a@a.com"}});
    CHECK(log.names({}) == Names{"a"});
    log.tenant = new_id();
    CHECK(log.names({}) == Names{});
    CHECK(log.page({{"count", "true"}})->total == 0);
    Database app(log.url(), Role::app, 1);
    app.read(log.tenant, [](pqxx::transaction_base& transaction) {
        CHECK(transaction.exec("select from list_contact").empty());
        CHECK_THROWS(transaction.exec("delete from list_contact"));
    });
    CHECK(Lists(app).find_by_email(log.tenant, Caller::system(), log.contacts, {"a@a.com"}) ==
          std::vector<Uuid>{Uuid{}});
}

TEST_CASE("imports find the oldest record by address or external id") {
    ContactList log;
    const Uuid first = log.create(log.contacts, {{"name", "a"}, {"email", "X@a.com"}});
    log.create(log.contacts, {{"name", "b"}, {"email", "x@A.com"}});
    const Uuid third = log.create(
        log.contacts, {{"name", "c"}, {"metadata", JsonObject{{"external_id", " Ab1 "}}}});
    const Uuid fourth =
        log.create(log.contacts, {{"name", "d"}, {"metadata", JsonObject{{"external_id", 7}}}});
    log.apply(log.projection);
    Database app(log.url(), Role::app, 1);
    Lists lists(app);
    CHECK(lists.find_by_email(log.tenant, Caller::system(), log.contacts,
                              {"none@a.com", "x@a.com", "x@a.com"}) ==
          std::vector<Uuid>{Uuid{}, first, first});
    CHECK(lists.find_by_external_id(log.tenant, Caller::system(), log.contacts,
                                    {"7", "Ab1", "ab1"}) ==
          std::vector<Uuid>{fourth, third, Uuid{}});
    CHECK(lists.find_by_external_id(log.tenant, Caller::system(), log.contacts, {}).empty());
}

TEST_CASE("a field declared later becomes a column of the list") {
    ContactList log;
    const Uuid old = log.create(log.contacts, {{"name", "old"}});
    log.apply(log.projection);
    log.contacts.fields.push_back(text("nickname").searchable().sortable());
    log.contacts.fields.push_back(tags("labels"));
    log.contacts.fields.push_back(metadata("extra"));
    log.migrate_model(log.projection);
    log.migrate_model(log.projection);
    log.create(log.contacts, {{"name", "new"}, {"nickname", "Bär"}, {"labels", JsonArray{"x"}}});
    CHECK(log.names({{"filter[nickname]", "BÄR"}}) == Names{"new"});
    CHECK(log.names({{"q", "bar"}}) == Names{"new"});
    CHECK(log.names({{"filter[labels]", "x"}}) == Names{"new"});
    CHECK(log.names({{"sort", "nickname"}}) == Names{"new", "old"});
    CHECK(log.names({{"filter[nickname][exists]", "false"}}) == Names{"old"});
    log.update(log.contacts, old, {{"nickname", "z"}});
    CHECK(log.names({{"sort", "-nickname"}}) == Names{"old", "new"});
}

TEST_CASE("the order of a sortable field comes from its index") {
    ContactList log;
    for (int i = 0; i < 300; ++i) log.create(log.contacts, {{"name", "n" + std::to_string(i)}});
    log.apply(log.projection);
    pqxx::nontransaction transaction(log.owner());
    transaction.exec("analyze list_contact");
    transaction.exec("set enable_seqscan = off; set enable_bitmapscan = off");
    const auto plan = [&](const std::string& rest) {
        std::string text;
        for (const pqxx::row& row :
             transaction.exec("explain select id, version, state from list_contact where"
                              " tenant_id = '" +
                              to_string(log.tenant) + "' " + rest))
            text += row[0].as<std::string>() + "\n";
        return text;
    };
    const std::string nil = to_string(Uuid{});
    const std::vector<std::string> orders{
        "and name is not null order by name desc, id desc limit 10",
        "and name is not null and (name, id) < ('n5', '" + nil +
            "'::uuid) order by name desc, id desc limit 10",
        "and name is null order by name, id limit 10",
        "order by created_at desc, id desc limit 10"};
    for (const std::string& rest : orders) {
        CAPTURE(rest);
        CHECK(plan(rest).find("Sort") == std::string::npos);
        CHECK(plan(rest).find("Index Scan") != std::string::npos);
    }
}
