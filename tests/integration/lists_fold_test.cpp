#include "domain/identity/tenant.hpp"
#include "projections/lists.hpp"
#include "tests/support/projected_log.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

using namespace throughline;

namespace {

/// A contact list beside which contacts live random lives.
struct RandomLives : ProjectedLog {
    Kind contacts = contact_kind();
    ListProjection projection{contacts};
    std::mt19937 random{7};
    std::vector<Uuid> ids;

    RandomLives() { migrate_model(projection); }

    std::size_t below(std::size_t n) { return random() % n; }

    JsonObject some_values() {
        JsonObject values{{"name", "n" + std::to_string(below(50))}};
        if (below(2) == 0)
            values.set("phone", below(3) == 0 ? Json() : Json("+33 " + std::to_string(below(9))));
        if (below(3) == 0) values.set("tags", JsonArray{"T" + std::to_string(below(4)), "x"});
        if (below(3) == 0)
            values.set("metadata",
                       JsonObject{{"k" + std::to_string(below(3)), static_cast<int>(below(5))}});
        if (below(4) == 0) values.set("status", below(2) == 0 ? "active" : "new");
        return values;
    }
    void live(std::size_t steps) {
        for (std::size_t i = 0; i < steps; ++i) {
            if (ids.size() < 5 || below(6) == 0) {
                ids.push_back(create(contacts, some_values()));
                continue;
            }
            const Uuid& id = ids[below(ids.size())];
            if (record(id).deleted)
                restore(contacts, id);
            else if (below(5) == 0)
                remove(contacts, id);
            else
                update_to_something(id);
        }
    }
    void update_to_something(const Uuid& id) {
        const auto events = decide_update(contacts, record(id), some_values()).value();
        if (!events.empty()) append(contacts, id, events);
    }
    /// The list's records, and whether they are those that live.
    void check_rows() {
        Database app(url(), Role::app, 1);
        const auto request = read_list_request(contacts, {{"limit", "200"}});
        const ListPage page = Lists(app).page(tenant, Caller::system(), contacts, *request).value();
        std::size_t alive = 0;
        for (const Uuid& id : ids) alive += record(id).deleted ? 0u : 1u;
        CHECK(page.items.size() == alive);
        for (const ListItem& item : page.items) CHECK(record_of(contacts, item) == record(item.id));
    }
    std::vector<std::string> all_rows() { return rows("select * from list_contact order by id"); }
};

} // namespace

TEST_CASE("rows equal the fold of the log, however it is cut into batches") {
    RandomLives log;
    for (const std::size_t steps : {1u, 40u, 1u, 2u, 60u, 3u, 40u}) {
        log.live(steps);
        log.apply(log.projection);
        log.check_rows();
    }
    const auto rows = log.all_rows();
    CHECK(rows.size() > 10);
    pqxx::nontransaction(log.owner()).exec("delete from list_contact");
    log.apply(log.projection, log.events());
    CHECK(log.all_rows() == rows);
}

TEST_CASE("numbers without a country code follow their tenant's region, in whatever batches") {
    RandomLives log;
    const Kind tenants = tenant_kind();
    const auto begin = [&] {
        log.append(tenants, log.tenant, decide_create(tenants, {{"name", "A"}, {"slug", "a"}}, {}));
        log.create(log.contacts, {{"name", "a"}, {"phone", "020 7946 0958"}});
    };
    const auto choose = [&](const Json& region) {
        log.update(tenants, log.tenant, {{"default_region", region}});
        log.apply(log.projection);
    };
    const auto phones = [&] {
        return log.rows("select phone, count(*) from list_contact group by phone order by phone "
                        "collate \"C\"");
    };
    const auto all_rows = [&] {
        auto all = log.all_rows();
        for (auto& row : log.rows("select * from list_contact_regions order by tenant_id"))
            all.push_back(std::move(row));
        return all;
    };
    const auto clear = [&] {
        pqxx::nontransaction transaction(log.owner());
        transaction.exec("delete from list_contact");
        transaction.exec("delete from list_contact_regions");
    };
    using Rows = std::vector<std::string>;

    begin(); // a tenant that has no region
    log.tenant = new_id();
    begin();
    for (int i = 0; i < 600; ++i) // rows are renewed some at a time
        log.create(log.contacts, {{"name", "b"}, {"phone", "020 7946 0958"}});
    log.create(log.contacts, {{"name", "c"}, {"phone", "+33 1 23 45 67 89"}});
    log.create(log.contacts, {{"name", "d"}});
    log.apply(log.projection);
    CHECK(phones() == Rows{"(+33123456789,1)", "(02079460958,602)", "(,1)"});
    choose("GB");
    CHECK(phones() == Rows{"(+33123456789,1)", "(+442079460958,601)", "(02079460958,1)", "(,1)"});
    choose(Json());
    CHECK(phones() == Rows{"(+33123456789,1)", "(02079460958,602)", "(,1)"});
    choose("GB");
    log.create(log.contacts, {{"name", "e"}, {"phone", "020 7946 0958"}});
    log.apply(log.projection);
    CHECK(phones() == Rows{"(+33123456789,1)", "(+442079460958,602)", "(02079460958,1)", "(,1)"});

    const auto rows = all_rows();
    log.apply(log.projection, std::span(log.events()).first(log.events().size() - 3)); // come again
    CHECK(all_rows() == rows);
    for (const std::size_t size : {std::size_t{1}, std::size_t{7}, log.events().size()}) {
        clear();
        for (std::size_t at = 0; at < log.events().size(); at += size)
            log.apply(
                log.projection,
                std::span(log.events()).subspan(at, std::min(size, log.events().size() - at)));
        CHECK(all_rows() == rows);
    }

    // A list of a version that kept no regions.
    pqxx::nontransaction(log.owner()).exec("drop table list_contact_regions");
    log.migrate_model(log.projection);
    CHECK(log.rows("select version, region from list_contact_regions") == Rows{"(4,GB)"});
}

TEST_CASE("the records of a batch are written in the order in which they came to be") {
    RandomLives log;
    for (int i = 0; i < 50; ++i)
        log.ids.push_back(log.create(log.contacts, {{"name", "n" + std::to_string(i)}}));
    log.apply(log.projection);
    std::vector<std::string> ids;
    for (const Uuid& id : log.ids) ids.push_back('(' + to_string(id) + ')');
    CHECK(log.rows("select id from list_contact order by ctid") == ids);
}

TEST_CASE("the same events applied twice make the same rows") {
    RandomLives log;
    log.live(80);
    log.apply(log.projection);
    const auto rows = log.all_rows();
    log.apply(log.projection, log.events());
    CHECK(log.all_rows() == rows);
}

TEST_CASE("an old batch that comes again changes nothing") {
    RandomLives log;
    const Uuid id = log.create(log.contacts, {{"name", "a"}});
    log.update(log.contacts, id, {{"name", "b"}});
    log.apply(log.projection);
    const auto rows = log.all_rows();
    for (std::size_t from = 0; from < 2; ++from)
        log.apply(log.projection, std::span(log.events()).subspan(from, 1));
    CHECK(log.all_rows() == rows);
}

TEST_CASE("a change of a record that has no row is a fault, not a guess") {
    RandomLives log;
    const Uuid id = log.create(log.contacts, {{"name", "a"}});
    log.update(log.contacts, id, {{"name", "b"}});
    CHECK_THROWS(log.apply(log.projection, std::span(log.events()).subspan(1)));
    CHECK(log.all_rows().empty());
}

TEST_CASE("events of other kinds are passed over") {
    RandomLives log;
    log.create(organization_kind(), {{"name", "Acme"}});
    log.apply(log.projection);
    CHECK(log.all_rows().empty());
}

TEST_CASE("the log folds into temporary tables of the same name, beside the real ones") {
    RandomLives log;
    log.live(60);
    log.apply(log.projection);
    const auto rows = log.all_rows();
    pqxx::nontransaction(log.system())
        .exec("create temp table list_contact (like list_contact including all)");
    log.apply(log.projection, log.events());
    CHECK(log.all_rows() == rows); // the owner's connection sees the real table
    pqxx::nontransaction transaction(log.system());
    CHECK(transaction.exec("select * from list_contact except select * from public.list_contact")
              .empty());
    CHECK(transaction.exec("select from list_contact").size() == rows.size());
}
