#include "handlers/merge_undo.hpp"
#include "tests/support/record_log.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace throughline;

namespace {

/// Contacts of one person and their organizations, on a real log.
struct MergeWorld : RecordLog {
    const Kind& organizations = *registry.find("organization");
    LogIndex index{log.system};
    MergeUndo merge_undo{log.store, merges, registry, index};

    void merge(const Kind& kind, const Uuid& into, const JsonArray& from, JsonObject chosen = {}) {
        const Json body =
            JsonObject{{"into", to_string(into)}, {"from", from}, {"fields", std::move(chosen)}};
        REQUIRE(finish(merges.merge(context(), kind, body)).has_value());
    }
    void unmerge(const Uuid& correlation, const Uuid& from, const Uuid& out) {
        const Json body = JsonObject{{"id", to_string(out)}};
        REQUIRE(finish(merges.unmerge(part_of(correlation), contacts, from, body)).has_value());
    }
    UndoReport undo(const Uuid& correlation, const Uuid& under = new_id()) {
        return merge_undo.run(part_of(under), {{{}, correlation}, false, false}).value().value();
    }
    /// More events than merges ever are, under their correlation, as references that follow make.
    void follow(const Uuid& correlation) {
        Command command;
        command.id = new_id();
        command.tenant = log.tenant;
        command.time = now();
        command.origin.correlation_id = correlation;
        StreamWrite write{log.tenant, {"deal", new_id()}, 0, {}, "{}", {}, false};
        for (int i = 0; i < 250; ++i)
            write.events.push_back({new_id(), "deal.updated", 1, "{}", {}});
        command.writes.push_back(std::move(write));
        REQUIRE(std::holds_alternative<Committed>(log.store.append(std::move(command)).get()));
    }
    Record read(const Uuid& id) {
        const std::array keys{StreamKey{"contact", id}};
        const StreamHead head = log.store.heads(log.tenant, keys).front();
        return record_from_state(contacts, head.state, head.version, head.archived);
    }
    /// Ada, who took the organization of another in a field, as she is without the other; and what
    /// stands for the organization that she was at.
    template <class At> std::pair<Record, Uuid> unmerged_after(const std::string& field, At at) {
        const auto works_at = [&](const Uuid& organization) {
            JsonObject fields = at(organization);
            fields.append("name", "Ada");
            return create(contacts, std::move(fields));
        };
        const Uuid old = create(organizations, {{"name", "Old"}});
        const Uuid survivor = create(organizations, {{"name", "Survivor"}});
        const Uuid ada = works_at(old);
        const Uuid twin = works_at(create(organizations, {{"name", "Other"}}));
        merge(contacts, ada, {to_string(twin)}, {{field, to_string(twin)}});
        merge(organizations, survivor, {to_string(old)});
        unmerge(new_id(), ada, twin);
        return {read(ada), survivor};
    }
};

} // namespace

TEST_CASE_FIXTURE(MergeWorld, "an unmerge gives no reference back to what was merged since") {
    const auto at = [](const Uuid& organization) {
        return JsonObject{{"organization_id", to_string(organization)}};
    };
    const auto [ada, survivor] = unmerged_after("organization_id", at);
    CHECK(*ada.fields.find("organization_id") == Json(to_string(survivor)));
}

TEST_CASE_FIXTURE(MergeWorld, "an unmerge leads on what a tenant's own field refers to") {
    add_reference(contacts, "employer", "organization");
    const auto at = [](const Uuid& organization) {
        return JsonObject{{"metadata", JsonObject{{"employer", to_string(organization)}}}};
    };
    const auto [ada, survivor] = unmerged_after("metadata", at);
    CHECK(ada.fields.find("metadata")->text("employer") == to_string(survivor));
}

TEST_CASE_FIXTURE(MergeWorld, "an undo of unmerges finds all of them among what followed") {
    const Uuid ada = create(contacts, {{"name", "Ada"}});
    const Uuid first = create(contacts, {{"name", "First"}});
    const Uuid second = create(contacts, {{"name", "Second"}});
    merge(contacts, ada, {to_string(first), to_string(second)});
    const Uuid unmerges = new_id();
    unmerge(unmerges, ada, first);
    follow(unmerges);
    unmerge(unmerges, ada, second);

    const Uuid under = new_id();
    follow(under);
    const UndoReport done = undo(unmerges, under);
    CHECK(read(first).merged_into == ada);
    CHECK(read(second).merged_into == ada);
    CHECK(done.applied == 4);
    CHECK(done.changes.size() == 4);
    CHECK(done.position == log.store.head_position());
}

TEST_CASE_FIXTURE(MergeWorld, "from whom fields were taken holds however often a merge is undone") {
    const Uuid ada = create(contacts, {{"name", "Ada"}, {"phone", "1"}});
    const Uuid first = create(contacts, {{"name", "First"}, {"phone", "2"}});
    const Uuid second = create(contacts, {{"name", "Second"}, {"phone", "3"}});
    merge(contacts, ada, {to_string(first), to_string(second)},
          {{"name", to_string(first)}, {"phone", to_string(second)}});
    const JsonObject merged = read(ada).fields;
    Uuid last = log.store.log(log.store.head_position() - 1, 1, {log.tenant, {}, {}, {}})
                    .events.front()
                    .origin.correlation_id;
    for (int i = 0; i < 2; ++i) {
        last = undo(last).correlation_id;
        CHECK(*read(ada).fields.find("name") == Json("Ada"));
        last = undo(last).correlation_id;
        CHECK(read(ada).fields == merged);
    }
}
