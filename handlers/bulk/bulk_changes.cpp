#include "handlers/bulk/bulk_changes.hpp"

#include "bus/ids.hpp"
#include "handlers/bulk/write_window.hpp"

#include <algorithm>

namespace throughline {
namespace {

constexpr std::size_t max_under_way = 256;

CommandContext context_of(const CommandContext& whole, const Uuid& id, bool dry_run) {
    CommandContext context = whole;
    const bool has_key = !whole.request_hash.empty() && !dry_run;
    context.command_id =
        has_key ? derived_uuid(whole.command_id, "bulk " + to_string(id)) : new_id();
    if (!has_key) context.request_hash.clear();
    context.if_match.reset();
    context.dry_run = dry_run;
    return context;
}

Result<PendingWrite> begin(const RecordCommands& commands, const CommandContext& context,
                           const Kind& kind, const Uuid& id, const BulkChange& change) {
    switch (change.action) {
    case BulkChange::Action::update: return commands.update(context, kind, id, change.changes);
    case BulkChange::Action::remove: return commands.remove(context, kind, id);
    case BulkChange::Action::restore: return commands.restore(context, kind, id);
    }
    throw std::logic_error("an action without a command");
}

/// Whether the changes name a record that the first to come may have to make: the others find it.
bool makes_records(const Kind& kind, const BulkChange& change) {
    return change.action == BulkChange::Action::update &&
           std::ranges::any_of(kind.fields, [&](const Field& field) {
               return field.creates_target && change.changes.find(field.name_member()) != nullptr;
           });
}

} // namespace

BulkOutcome BulkChanges::run(const CommandContext& context, const Kind& kind,
                             const BulkChange& change) const {
    BulkOutcome outcome;
    for (const Uuid& id : change.ids) outcome.results.push_back({id, {}, 0, {}});
    const auto fail = [&](std::size_t number, const Rejection& why) {
        outcome.results[number].fate = BulkResult::Fate::failed;
        outcome.results[number].error = why;
    };
    bool goes_alone = makes_records(kind, change);
    std::size_t written_now = 0;
    std::size_t replayed = 0;
    WriteWindow window(max_under_way, [&](std::size_t number, Result<Written> written) {
        if (!written) return fail(number, written.error());
        BulkResult& result = outcome.results[number];
        result.fate = written->changed ? BulkResult::Fate::succeeded : BulkResult::Fate::unchanged;
        result.version = written->record.version;
        outcome.position = std::max(outcome.position, written->position);
        ++(written->replayed ? replayed : written_now);
        goes_alone = false;
    });
    for (std::size_t number = 0; number < change.ids.size(); ++number) {
        const Uuid& id = change.ids[number];
        auto begun = begin(commands_, context_of(context, id, change.dry_run), kind, id, change);
        if (begun)
            window.add(number, std::move(*begun));
        else
            fail(number, begun.error());
        if (goes_alone) window.finish();
    }
    window.finish();
    outcome.replayed = replayed > 0 && written_now == 0;
    if (outcome.position == 0) outcome.position = store_.head_position();
    return outcome;
}

} // namespace throughline
