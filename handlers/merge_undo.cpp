#include "handlers/merge_undo.hpp"

#include "domain/record/value.hpp"
#include "handlers/spent_key.hpp"
#include "handlers/stream_walk.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace throughline {

namespace {

/// What is chosen from records that are no longer concerned cannot be chosen again.
JsonObject chosen_of(const JsonObject& merged, const Uuid& survivor, const Uuid& other) {
    JsonObject kept;
    const Json chosen = value_of(merged, "chosen");
    if (chosen.object() == nullptr) return kept;
    for (const auto& [field, source] : *chosen.object())
        if (source == Json(to_string(survivor)) || source == Json(to_string(other)))
            kept.append(field, source);
    return kept;
}

/// The data of the event by which one record was merged into another; empty where it is not here.
JsonObject merge_among(const std::vector<StoredEvent>& merges, const StreamKey& into,
                       const Uuid& from) {
    for (const StoredEvent& event : merges) {
        if (event.stream != into) continue;
        JsonObject data = current_data(event);
        const std::vector<Uuid> merged = ids_in(value_of(data, "merged"));
        if (std::ranges::find(merged, from) != merged.end()) return data;
    }
    return {};
}

Json merge_body(const Uuid& into, const Uuid& from, const JsonObject& chosen) {
    return JsonObject{
        {"into", to_string(into)}, {"from", JsonArray{to_string(from)}}, {"fields", chosen}};
}

} // namespace

std::vector<StoredEvent> MergeUndo::correlated(const Uuid& tenant, const Uuid& correlation,
                                               std::initializer_list<const char*> endings) const {
    std::vector<std::string> types;
    for (const Kind& kind : registry_.kinds())
        if (kind.can_be_merged())
            for (const char* const ending : endings) types.push_back(kind.name + ending);
    return index_.correlated_events(tenant, correlation, types);
}

std::vector<StoredEvent> MergeUndo::events_of(const Uuid& tenant, const UndoTarget& target) const {
    if (target.correlation)
        return correlated(tenant, *target.correlation, {".merged", ".unmerged"});
    LogFilter filter;
    filter.tenant = tenant;
    LogPage page = store_.log(*target.position - 1, 1, filter);
    std::erase_if(page.events, [&](const StoredEvent& event) { return !target.covers(event); });
    return std::move(page.events);
}

std::vector<MergeUndo::Step> MergeUndo::steps_of(const Uuid& tenant,
                                                 const UndoTarget& target) const {
    std::vector<Step> steps;
    std::map<Uuid, std::vector<StoredEvent>> merges; // by the correlation that an unmerge names
    for (const StoredEvent& event : events_of(tenant, target)) {
        const Kind* const kind = registry_.find(event.stream.kind);
        const bool was_merged = event.type.ends_with(".merged");
        if (kind == nullptr || (!was_merged && !event.type.ends_with(".unmerged"))) continue;
        const JsonObject data = current_data(event);
        const auto merge = [&](const Uuid& other) {
            if (was_merged) return data;
            const Uuid correlation = uuid_of(*data.find("merge")->string());
            const auto [found, is_new] = merges.try_emplace(correlation);
            if (is_new) found->second = correlated(tenant, correlation, {".merged"});
            return merge_among(found->second, event.stream, other);
        };
        for (const Uuid& other : ids_in(value_of(data, was_merged ? "merged" : "unmerged")))
            steps.push_back({kind, event.stream.id, other, was_merged,
                             chosen_of(merge(other), event.stream.id, other), event.id});
    }
    std::ranges::reverse(steps);
    return steps;
}

bool MergeUndo::is_back(const Uuid& tenant, const Step& step) const {
    const std::array key{StreamKey{step.kind->name, step.other}};
    const StreamHead head = store_.heads(tenant, key).front();
    const auto into =
        record_from_state(*step.kind, head.state, head.version, head.archived).merged_into;
    return step.was_merged ? into != step.survivor : into == step.survivor;
}

Result<void> MergeUndo::survey(const CommandContext& context, const Step& step,
                               UndoReport& report) const {
    const auto decision =
        step.was_merged ? merges_.would_unmerge(context, *step.kind, step.survivor, step.other)
                        : merges_.would_merge(context, *step.kind,
                                              merge_body(step.survivor, step.other, step.chosen));
    if (!decision) return decision.error();
    const StreamKey survivor{step.kind->name, step.survivor};
    const JsonObject& data = decision->events.front().data;
    report.changes.push_back({survivor, value_of(data, "before"), value_of(data, "after")});
    const JsonObject other = *parse_json(decision->created.front().state).object();
    report.changes.push_back({{step.kind->name, step.other},
                              step.was_merged ? Json() : Json(other),
                              step.was_merged ? Json(other) : Json()});
    const Json kept = value_of(data, "kept");
    if (kept.array() == nullptr) return {};
    for (const Json& field : *kept.array())
        report.conflicts.push_back(
            {survivor, later_change(context.tenant, survivor, *field.string())});
    return {};
}

/// What the last event that changed a field found and left there.
UndoConflict MergeUndo::later_change(const Uuid& tenant, const StreamKey& stream,
                                     const std::string& field) const {
    const std::array key{stream};
    const std::int64_t version = store_.heads(tenant, key).front().version;
    UndoConflict conflict{field, {}, {}, 0};
    walk_stream(store_, tenant, stream, 0, version, [&](const StoredEvent& event) {
        const JsonObject data = current_data(event);
        const Json* const after = data.find("after");
        const Json* const now = after == nullptr ? nullptr : after->find(field);
        if (now == nullptr) return;
        const Json then = value_of(value_of(data, "before"), field);
        conflict = {field, then, *now, event.position};
    });
    return conflict;
}

/// What was done under a correlation id, as the log tells it.
void MergeUndo::list(const Uuid& tenant, const Uuid& correlation, UndoReport& report) const {
    for (const StoredEvent& event :
         correlated(tenant, correlation, {".merged", ".unmerged", ".merged_into", ".restored"})) {
        const JsonObject data = current_data(event);
        if (event.type.ends_with(".merged") || event.type.ends_with(".unmerged"))
            report.changes.push_back(
                {event.stream, value_of(data, "before"), value_of(data, "after")});
        else if (event.type.ends_with(".restored"))
            report.changes.push_back({event.stream, Json(), Json(data)});
        else
            report.changes.push_back({event.stream, value_of(data, "before"), Json()});
        ++report.applied;
        report.position = event.position;
    }
}

Result<Written> MergeUndo::take_back(const CommandContext& context, const Step& step) const {
    CommandContext own = context;
    own.command_id = derived_uuid(context.command_id, "undo of " + to_string(step.other));
    own.origin.causation_id = step.cause;
    if (step.was_merged)
        return finish(merges_.unmerge(own, *step.kind, step.survivor,
                                      JsonObject{{"id", to_string(step.other)}}));
    return finish(
        merges_.merge(own, *step.kind, merge_body(step.survivor, step.other, step.chosen)));
}

UndoReport MergeUndo::told_again(const CommandContext& context, const Committed& known) const {
    UndoReport report;
    report.correlation_id = context.origin.correlation_id;
    report.position = known.last_position;
    report.is_replayed = true;
    list(context.tenant, report.correlation_id, report);
    return report;
}

std::optional<Result<UndoReport>> MergeUndo::run(const CommandContext& context,
                                                 const UndoRequest& request) const {
    const std::vector<Step> steps = steps_of(context.tenant, request.target);
    if (steps.empty()) return std::nullopt;
    if (!context.caller.may(Permission::records_merge)) return forbidden(Permission::records_merge);
    CommandContext own = context;
    const auto known = open_key(store_, own);
    if (!known) return known.error();
    if (*known) return told_again(own, **known);
    UndoReport report;
    report.position = store_.head_position();
    if (!request.dry_run) report.correlation_id = own.origin.correlation_id;
    std::vector<Step> left;
    std::ranges::copy_if(steps, std::back_inserter(left),
                         [&](const Step& step) { return !is_back(own.tenant, step); });
    for (const Step& step : left)
        if (const auto surveyed = survey(own, step, report); !surveyed) return surveyed.error();
    report.is_refused = !request.dry_run && !request.skips_conflicts && !report.conflicts.empty();
    if (request.dry_run || report.is_refused) return report;
    for (const Step& step : left)
        if (const auto written = take_back(own, step); !written) return written.error();
    report.changes.clear();
    list(own.tenant, report.correlation_id, report);
    report.is_replayed = left.empty() && report.applied > 0;
    if (const auto spent = spend_key(store_, own); !spent) return spent.error();
    return report;
}

} // namespace throughline
