#include "api/openapi.hpp"
#include "api/routes/records.hpp"
#include "bus/ids.hpp"
#include "bus/migrate.hpp"
#include "bus/postgres_event_store.hpp"
#include "domain/record/schema.hpp"
#include "projections/audit.hpp"
#include "projections/lists.hpp"
#include "tests/support/private_postgres.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

namespace throughline {
namespace {

/// The standard kinds, and one more field on contacts: the one line that a newcomer writes.
Registry with_nickname() {
    std::vector<Kind> kinds = standard_registry().kinds();
    for (Kind& kind : kinds)
        if (kind.name == "contact") kind.fields.push_back(text("nickname").searchable());
    return Registry(std::move(kinds));
}

void migrate_lists(const std::string& url, const Registry& registry) {
    const auto connection = connect(url, Role::owner);
    pqxx::work transaction(*connection);
    for (const Kind& kind : registry.kinds()) ListProjection(kind).migrate(transaction);
    AuditProjection().migrate(transaction);
    transaction.commit();
}

} // namespace

TEST_CASE("a field is added by one line and is everywhere") {
    TestDatabase database;
    migrate(database.url(), [](std::string_view) {});
    migrate_lists(database.url(), standard_registry());
    const Registry registry = with_nickname();
    migrate_lists(database.url(), registry);
    const Kind& kind = *registry.find("contact");

    Database app(database.url(), Role::app, 2);
    Database system(database.url(), Role::system, 2);
    Appender appender(database.url());
    PostgresEventStore store(app, system, appender);
    RecordCommands commands(store, registry);
    CommandContext context;
    context.tenant = new_id();
    context.command_id = new_id();
    context.caller = Caller::system();
    context.origin.actor_id = new_id();

    SUBCASE("validation knows it") {
        const auto wrong = finish(
            commands.create(context, kind, new_id(), parse_json(R"({"name":"A","nickname":1})")));
        REQUIRE_FALSE(wrong.has_value());
        CHECK(wrong.error().errors.front().where == "/nickname");
        CHECK(wrong.error().errors.front().code == "invalid_type");
    }

    SUBCASE("list, filter, search and audit know it") {
        const auto written = finish(commands.create(
            context, kind, new_id(), parse_json(R"({"name":"A","nickname":"Zed"})")));
        REQUIRE(written.has_value());
        const auto events = store.log(0, 10, {}).events;
        ListProjection list(kind);
        AuditProjection audit_projection;
        system.write({}, [&](pqxx::transaction_base& transaction) {
            list.apply(transaction, events);
            audit_projection.apply(transaction, events);
        });
        Lists lists(app);
        const auto found = [&](const QueryParameters& query) {
            const auto request = read_list_request(kind, query);
            REQUIRE(request.has_value());
            return lists.page(context.tenant, context.caller, kind, *request)->items.size();
        };
        CHECK(found({{"filter[nickname]", "ZED"}}) == 1);
        CHECK(found({{"filter[nickname]", "other"}}) == 0);
        CHECK(found({{"q", "zed"}}) == 1);
        CHECK(found({{"sort", "-nickname"}}) == 1);
        Audit audit(app);
        const auto page = audit.page(context.tenant, {}, {});
        REQUIRE(page.has_value());
        CHECK(parse_json(page->items.front()).find("after")->text("nickname") == "Zed");
    }

    SUBCASE("the contracts show it") {
        CHECK(event_schema(kind, "contact.created").find("properties")->find("nickname") !=
              nullptr);
        const Json document = openapi_document({}, registry);
        const Json* schemas = document.find("components")->find("schemas");
        for (const char* name : {"Contact", "ContactCreate", "ContactUpdate"})
            CHECK(schemas->find(name)->find("properties")->find("nickname") != nullptr);
    }
}

} // namespace throughline
