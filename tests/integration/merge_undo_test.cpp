#include "handlers/merges.hpp"
#include "tests/support/private_postgres.hpp"
#include "tests/support/test_log.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace throughline;

namespace {

/// Contacts of one person and their organizations, on a real log.
struct MergeWorld {
    TestDatabase database;
    TestLog log{database.url()};
    Registry registry = standard_registry();
    const Kind& contacts = *registry.find("contact");
    const Kind& organizations = *registry.find("organization");
    RecordCommands commands{log.store, registry};
    Merges merges{log.store, commands};

    [[nodiscard]] CommandContext context(const Uuid& correlation = new_id()) const {
        CommandContext context;
        context.tenant = log.tenant;
        context.caller = {new_id(), level_of("owner"), false};
        context.command_id = new_id();
        context.origin.actor_id = new_id();
        context.origin.actor_type = context.origin.channel = "user";
        context.origin.correlation_id = correlation;
        return context;
    }
    Uuid create(const Kind& kind, JsonObject fields) {
        return finish(commands.create(context(), kind, new_id(), Json(std::move(fields))))
            .value()
            .id;
    }
    void merge(const Kind& kind, const Uuid& into, const JsonArray& from, JsonObject chosen = {}) {
        const Json body =
            JsonObject{{"into", to_string(into)}, {"from", from}, {"fields", std::move(chosen)}};
        REQUIRE(finish(merges.merge(context(), kind, body)).has_value());
    }
    void unmerge(const Uuid& correlation, const Uuid& from, const Uuid& out) {
        const Json body = JsonObject{{"id", to_string(out)}};
        REQUIRE(finish(merges.unmerge(context(correlation), contacts, from, body)).has_value());
    }
    Record read(const Uuid& id) {
        const std::array keys{StreamKey{"contact", id}};
        const StreamHead head = log.store.heads(log.tenant, keys).front();
        return record_from_state(contacts, head.state, head.version, head.archived);
    }
};

} // namespace

TEST_CASE_FIXTURE(MergeWorld, "an unmerge gives no reference back to what was merged since") {
    const auto works_at = [&](const Uuid& organization) {
        return create(contacts, {{"name", "Ada"}, {"organization_id", to_string(organization)}});
    };
    const Uuid old = create(organizations, {{"name", "Old"}});
    const Uuid survivor = create(organizations, {{"name", "Survivor"}});
    const Uuid ada = works_at(old);
    const Uuid twin = works_at(create(organizations, {{"name", "Other"}}));
    merge(contacts, ada, {to_string(twin)}, {{"organization_id", to_string(twin)}});
    merge(organizations, survivor, {to_string(old)});
    unmerge(new_id(), ada, twin);
    CHECK(*read(ada).fields.find("organization_id") == Json(to_string(survivor)));
}
