#include "handlers/undo_plan.hpp"

#include "bus/ids.hpp"
#include "bus/stream_events.hpp"
#include "domain/record/ownership.hpp"

#include <algorithm>

namespace throughline {

namespace {

/// One record's stream while it is folded.
struct Folding {
    StreamKey stream;
    const Kind* kind;
    UndoFold fold;
    Uuid cause;
    bool is_anothers = false; // somebody else made the change
};

bool is_about_life(const RecordEvent& event) {
    return event.type.ends_with(".deleted") || event.type.ends_with(".restored");
}

} // namespace

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

Result<std::vector<PlannedUndo>> UndoPlanner::plan(std::span<const StreamKey> records,
                                                   std::int64_t at) const {
    std::vector<PlannedUndo> planned;
    std::optional<Folding> folding;
    std::optional<Rejection> rejection;
    const auto finish = [&] {
        if (!folding || rejection) return;
        PlannedUndo one{folding->kind, folding->stream.id, folding->fold.record(),
                        folding->fold.plan(now()), folding->cause};
        rejection = denied(one);
        if (!rejection && folding->is_anothers &&
            !context_.caller.may(Permission::changes_undo, Bond::others))
            rejection = forbidden(Permission::changes_undo);
        if (!rejection && (!one.plan.events.empty() || !one.plan.conflicts.empty()))
            planned.push_back(std::move(one));
    };
    app_.write(context_.tenant, [&](pqxx::transaction_base& transaction) {
        each_event(transaction, context_.tenant, records, at, [&](const StoredEvent& event) {
            if (!folding || folding->stream != event.stream) {
                finish();
                const Kind* const kind = registry_.find(event.stream.kind);
                folding.emplace(Folding{event.stream, kind, UndoFold(*kind), {}, false});
            }
            const bool is_undone = target_.covers(event);
            folding->fold.fold(event.type, current_data(event), event.time, event.position,
                               is_undone);
            if (!is_undone) return;
            folding->cause = event.id;
            folding->is_anothers = folding->is_anothers || !is_own(event);
        });
    });
    finish();
    if (rejection) return *rejection;
    return planned;
}

} // namespace throughline
