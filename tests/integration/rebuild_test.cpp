#include "projections/audit.hpp"
#include "projections/rebuild.hpp"
#include "tests/support/projected_log.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace throughline;

namespace {

/// An audit log as its subscription left it, and what happens while it is rebuilt.
struct LiveAudit : ProjectedLog {
    AuditProjection projection;
    std::vector<std::string> told; // what the last rebuild was doing, step by step

    LiveAudit() {
        migrate_model(projection);
        const Kind contacts = contact_kind();
        for (const char* name : {"Ada", "Bob", "Cyd"}) create(contacts, {{"name", name}});
        apply(projection);
        sql("insert into checkpoints (name, position) values ('audit', 3)");
    }

    void sql(const std::string& statement) {
        pqxx::nontransaction transaction(owner());
        transaction.exec0(statement);
    }
    [[nodiscard]] std::string audited() { return rows("select count(*) from audit").front(); }

    /// What a rebuild says in which `act` is done once all that there was is folded; empty where it
    /// succeeds.
    std::string rebuild_while(const std::function<void()>& act) {
        told.clear();
        try {
            std::ignore = rebuild(url(), projection, [&](const RebuildProgress& at) {
                told.push_back(at.doing);
                if (at.doing == "indexing") act();
            });
            return "";
        } catch (const std::runtime_error& fault) {
            return fault.what();
        }
    }
    /// Marks the row of the first event, so that it can be told from one that was made anew.
    void mark() { sql("update audit set action = 'MARKED' where position = 1"); }
    [[nodiscard]] bool is_marked() {
        return rows("select action from audit where position = 1").front() == "(MARKED)";
    }
};

} // namespace

TEST_CASE("a rebuild puts new tables in the place of those in use") {
    LiveAudit audit;
    audit.mark();
    CHECK(audit.rebuild_while([] {}).empty());
    CHECK_FALSE(audit.is_marked());
    CHECK(audit.audited() == "(3)");
}

TEST_CASE("a rebuild catches up with what came meanwhile before it switches") {
    LiveAudit audit;
    const auto write = [&] {
        const Kind contacts = contact_kind();
        for (int i = 0; i < 600; ++i) // more than are left for the switch itself
            audit.create(contacts, {{"name", "Late " + std::to_string(i)}});
        audit.sql("update checkpoints set position = 603 where name = 'audit'");
    };
    CHECK(audit.rebuild_while(write).empty());
    CHECK(audit.told == std::vector<std::string>{"folding", "indexing", "catching up"});
    CHECK(audit.audited() == "(603)"); // none of the 600 was in the tables before
}

TEST_CASE("a rebuild is refused where an event is passed over meanwhile; the next one heeds that") {
    LiveAudit audit;
    audit.mark();
    const auto skip = [&] {
        audit.sql("insert into dead_letter_requests (consumer, position, tenant_id, kind, "
                  "stream_id, action, reason, cause, requested_by, skipped_at) select 'audit', "
                  "position, tenant_id, kind, stream_id, 'skip', 'broken', 'broken', 'ada', now() "
                  "from events where position = 2");
    };
    CHECK(audit.rebuild_while(skip) == "audit: an event was passed over meanwhile; run it again");
    CHECK(audit.is_marked());
    CHECK(audit.audited() == "(3)");
    CHECK(audit.rebuild_while([] {}).empty());
    CHECK(audit.audited() == "(2)");
}

TEST_CASE("a rebuild is refused where the tables in use are migrated meanwhile") {
    LiveAudit audit;
    audit.mark();
    CHECK(audit.rebuild_while([&] { audit.sql("alter table audit add column mood text"); }) ==
          "audit was migrated meanwhile (audit.mood); run it again");
    CHECK(audit.is_marked());
    CHECK(audit.audited() == "(3)");
}
