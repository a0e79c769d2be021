#include "projections/audit.hpp"
#include "tests/support/projected_log.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace throughline;

namespace {

Kind user_kind() { return {"user", "users", {text("name"), email("email")}}; }

struct AuditLog : ProjectedLog {
    AuditProjection projection;
    Kind contacts = contact_kind();
    Uuid ann;

    AuditLog() {
        migrate_model(projection);
        ann = create(user_kind(), {{"name", "Ann"}, {"email", "ann@acme.com"}});
        origin.actor_id = ann;
        origin.actor_type = origin.channel = "user";
        origin.correlation_id = new_id();
    }

    Result<OffsetPage> page(const AuditFilter& filter = {}, const OffsetRequest& request = {}) {
        apply(projection);
        Database app(url(), Role::app, 1);
        return Audit(app).page(tenant, filter, request);
    }
    std::vector<Json> items(const AuditFilter& filter = {}, const OffsetRequest& request = {}) {
        std::vector<Json> read;
        const OffsetPage found = page(filter, request).value();
        for (const std::string& item : found.items) read.push_back(parse_json(item));
        return read;
    }
    std::size_t count(const AuditFilter& filter) { return items(filter).size(); }
};

} // namespace

TEST_CASE("an audit item says who did what, and what it was before") {
    AuditLog log;
    log.origin.details = {{"import_id", "7"}};
    const Uuid id = log.create(log.contacts, {{"name", "Zoë"}});
    log.update(log.contacts, id, {{"phone", "1"}, {"status", "active"}});
    log.remove(log.contacts, id);
    log.restore(log.contacts, id);

    AuditFilter of_contact;
    of_contact.entity_id = id;
    const std::vector<Json> items = log.items(of_contact);
    REQUIRE(items.size() == 5);
    std::vector<std::string> actions;
    for (const Json& item : items) actions.push_back(item.text("action"));
    CHECK(actions ==
          std::vector<std::string>{"RESTORE", "DELETE", "STATUS_CHANGE", "UPDATE", "CREATE"});

    const Json& update = items[3];
    const StoredEvent& event = log.events()[2];
    CHECK(to_text(update) ==
          to_text(JsonObject{
              {"id", to_string(event.id)},
              {"position", 3},
              {"timestamp", to_rfc3339(event.time)},
              {"event", "contact.updated"},
              {"entity_type", "contact"},
              {"entity_id", to_string(id)},
              {"action", "UPDATE"},
              {"tenant_id", to_string(log.tenant)},
              {"user_id", to_string(log.ann)},
              {"user",
               JsonObject{{"id", to_string(log.ann)}, {"name", "Ann"}, {"email", "ann@acme.com"}}},
              {"channel", "user"},
              {"before", JsonObject{{"phone", nullptr}}},
              {"after", JsonObject{{"phone", "1"}}},
              {"metadata", JsonObject{{"import_id", "7"}}},
              {"correlation_id", to_string(log.origin.correlation_id)}}));
    CHECK(items[4].find("before")->is_null());
    CHECK(items[4].find("after")->text("name") == "Zoë");
    CHECK(items[1].find("before")->text("phone") == "1");
    CHECK(items[1].find("after")->is_null());
    CHECK(items[0].find("before")->is_null());
    CHECK(items[0].find("after")->text("status") == "active");
}

TEST_CASE("what the system did has no user") {
    AuditLog log;
    const Json first = log.items().back();
    CHECK(first.text("event") == "user.created");
    CHECK(first.find("user_id")->is_null());
    CHECK(first.find("user")->is_null());
    CHECK(first.text("channel") == "system");
}

TEST_CASE("the audit log is filtered without case") {
    AuditLog log;
    const Uuid id = log.create(log.contacts, {{"name", "a"}});
    const Time created = log.last_time();
    log.origin.channel = "import";
    log.create(organization_kind(), {{"name", "b"}});
    log.update(log.contacts, id, {{"status", "active"}});

    CHECK(log.count({}) == 4);
    CHECK(log.count({.entity_type = "Contact"}) == 2);
    CHECK(log.count({.entity_type = "contact", .entity_id = id}) == 2);
    CHECK(log.count({.action = "create"}) == 3);
    CHECK(log.count({.action = "Status_Change"}) == 1);
    CHECK(log.count({.action = "MERGE"}) == 0);
    CHECK(log.count({.user_id = log.ann}) == 3);
    CHECK(log.count({.user_id = id}) == 0);
    CHECK(log.count({.channel = "IMPORT"}) == 2);
    CHECK(log.count({.from = created}) == 3);
    CHECK(log.count({.to = created}) == 1);
    CHECK(log.count({.from = created, .to = created + std::chrono::seconds(1)}) == 1);
    CHECK(log.count({.from = std::chrono::sys_days(std::chrono::year(-5) / 1 / 1)}) == 4);
}

TEST_CASE("pages by offset and by cursor show each item once, newest first") {
    AuditLog log;
    for (int i = 0; i < 6; ++i) log.create(log.contacts, {{"name", std::to_string(i)}});
    OffsetRequest request{.limit = 3};
    const OffsetPage first = log.page({}, request).value();
    CHECK(first.total == 7);
    CHECK_FALSE(first.total_capped);
    REQUIRE(first.next.has_value());

    std::set<std::string> seen(first.items.begin(), first.items.end());
    request.cursor = *first.next;
    const OffsetPage second = log.page({}, request).value();
    seen.insert(second.items.begin(), second.items.end());
    REQUIRE(second.next.has_value());
    request.cursor = *second.next;
    const OffsetPage third = log.page({}, request).value();
    seen.insert(third.items.begin(), third.items.end());
    CHECK(third.items.size() == 1);
    CHECK_FALSE(third.next.has_value());
    CHECK(seen.size() == 7);

    CHECK(log.page({}, {.limit = 3, .offset = 3})->items == second.items);
    CHECK(parse_json(first.items.front()).integer("position") == 7);
    CHECK(log.page({}, {.limit = 3, .offset = 7})->items.empty());
}

TEST_CASE("a cursor of another filter is refused") {
    AuditLog log;
    log.create(log.contacts, {{"name", "a"}});
    const std::string cursor = log.page({}, {.limit = 1})->next.value();
    const auto refused =
        log.page({.action = "CREATE"}, {.limit = 1, .offset = 0, .cursor = cursor});
    REQUIRE(refused.has_error());
    CHECK(refused.error().refusal == Refusal::malformed);
    CHECK(refused.error().errors.front().code == "invalid_cursor");
    CHECK(log.page({}, {.limit = 1, .offset = 0, .cursor = "x"}).has_error());
}

TEST_CASE("another tenant's audit log, and what belongs to no tenant, is not seen") {
    AuditLog log;
    log.create(log.contacts, {{"name", "a"}});
    const std::size_t own = log.items().size();
    const Uuid first = std::exchange(log.tenant, Uuid{});
    log.create(log.contacts, {{"name", "reservation"}});
    CHECK(log.items().empty());
    log.tenant = new_id();
    CHECK(log.items().empty());
    log.tenant = first;
    CHECK(log.items().size() == own);
    CHECK(log.rows("select count(*) from audit") ==
          std::vector<std::string>{"(" + std::to_string(own) + ")"});
}

TEST_CASE("the total is exact to 10,000") {
    AuditLog log;
    log.create(log.contacts, {{"name", "a"}});
    log.apply(log.projection);
    pqxx::nontransaction(log.owner())
        .exec("insert into audit select tenant_id, position + n, entity_type, entity_id, action, "
              "user_id, channel,"
              " \"timestamp\" from audit, generate_series(1, 9998) as n where position = 2");
    CHECK(log.page()->total == 10000);
    CHECK_FALSE(log.page()->total_capped);
    log.create(log.contacts, {{"name", "b"}});
    log.apply(log.projection);
    pqxx::nontransaction(log.owner())
        .exec("insert into audit select tenant_id, 20000, entity_type, entity_id, action, user_id, "
              "channel,"
              " \"timestamp\" from audit where position = 2");
    CHECK(log.page()->total == 10000);
    CHECK(log.page()->total_capped);
}

TEST_CASE("the same events applied twice make the same rows") {
    AuditLog log;
    log.create(log.contacts, {{"name", "a"}});
    log.apply(log.projection);
    const auto rows = log.rows("select * from audit order by position");
    log.apply(log.projection, log.events());
    CHECK(log.rows("select * from audit order by position") == rows);
}

TEST_CASE("an action is the event's last word") {
    CHECK(audit_action("contact.created") == "CREATE");
    CHECK(audit_action("contact.status_changed") == "STATUS_CHANGE");
    CHECK(audit_action("deal.stage_changed") == "STAGE_CHANGE");
    CHECK(audit_action("deal.won") == "WON");
}
