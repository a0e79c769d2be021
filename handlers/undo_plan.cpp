#include "handlers/undo_plan.hpp"

#include "bus/ids.hpp"
#include "bus/stream_events.hpp"
#include "domain/record/ownership.hpp"
#include "handlers/survivor.hpp"

#include <algorithm>
#include <set>

namespace throughline {

namespace {

bool is_about_life(const RecordEvent& event) {
    return event.type.ends_with(".deleted") || event.type.ends_with(".restored");
}

} // namespace

/// One record's stream, folded.
struct UndoPlanner::Folded {
    StreamKey stream;
    std::shared_ptr<const Kind> kind;
    UndoFold fold;
    Uuid cause;
    bool is_anothers = false; // somebody else made the change
};

Rejection no_such_change() { return no_such("change"); }

bool UndoPlanner::is_own(const StoredEvent& event) const {
    const Uuid& actor = event.origin.actor_id;
    return !actor.is_nil() && (actor == context_.origin.actor_id || actor == context_.caller.user);
}

std::optional<Rejection> UndoPlanner::denied(const PlannedUndo& planned) const {
    const Caller& caller = context_.caller;
    const Bond bond = bond_to(caller.user, *planned.kind, planned.record.fields);
    const bool deletes = std::ranges::any_of(planned.plan.events, is_about_life);
    const Permission needed = deletes ? Permission::records_delete : Permission::records_change;
    auto rejection = denial(caller, needed, bond, planned.kind->name);
    if (rejection && rejection->refusal == Refusal::not_found)
        rejection->detail = no_such_change().detail;
    return rejection;
}

UndoPlanner::Kinds UndoPlanner::kinds_of(std::span<const StreamKey> records) const {
    Kinds kinds;
    for (const StreamKey& record : records)
        if (auto& kind = kinds[record.kind]; kind == nullptr)
            kind = commands_.declared(context_.tenant, *registry_.find(record.kind));
    return kinds;
}

std::vector<UndoPlanner::Folded> UndoPlanner::fold(std::span<const StreamKey> records,
                                                   std::int64_t at) const {
    const Kinds kinds = kinds_of(records);
    std::vector<Folded> all;
    app_.write(context_.tenant, [&](pqxx::transaction_base& transaction) {
        each_event(transaction, context_.tenant, records, at, [&](const StoredEvent& event) {
            if (all.empty() || all.back().stream != event.stream) {
                const auto& kind = kinds.at(event.stream.kind);
                all.push_back({event.stream, kind, UndoFold(*kind), {}, false});
            }
            Folded& folded = all.back();
            const bool is_undone = target_.covers(event);
            folded.fold.fold(event.type, current_data(event), event.time, event.position,
                             is_undone);
            if (!is_undone) return;
            folded.cause = event.id;
            folded.is_anothers = folded.is_anothers || !is_own(event);
        });
    });
    return all;
}

Result<std::vector<PlannedUndo>> UndoPlanner::plan(std::span<const StreamKey> records,
                                                   std::int64_t at) const {
    const std::vector<Folded> all = fold(records, at);
    std::set<StreamKey> references; // each once
    for (const Folded& folded : all)
        for (const StreamKey& record : folded.fold.references()) references.insert(record);
    const Survivors survivors =
        survivors_of(store_, context_.tenant, std::vector(references.begin(), references.end()));
    std::vector<PlannedUndo> planned;
    for (const Folded& folded : all) {
        PlannedUndo one{folded.kind, folded.stream.id, folded.fold.record(),
                        folded.fold.plan(now(), survivors), folded.cause};
        if (auto rejection = denied(one)) return *rejection;
        if (folded.is_anothers && !context_.caller.may(Permission::changes_undo, Bond::others))
            return forbidden(Permission::changes_undo);
        if (!one.plan.events.empty() || !one.plan.conflicts.empty())
            planned.push_back(std::move(one));
    }
    return planned;
}

} // namespace throughline
