#include "domain/record/undo.hpp"

#include "domain/record/merge.hpp"
#include "domain/record/value.hpp"

#include <set>

namespace throughline {

namespace {

const std::string life = "deleted"; // what conflicts call it

const Json& value_in(const std::map<std::string, Json>& values, const std::string& name) {
    static const Json null;
    const auto found = values.find(name);
    return found == values.end() ? null : found->second;
}

std::string metadata_key(const Field& field, std::string_view key) {
    return field.name + "." + std::string(key);
}

JsonObject object_in(const JsonObject& fields, const std::string& name) {
    const Json* const value = fields.find(name);
    return value == nullptr || value->object() == nullptr ? JsonObject{} : *value->object();
}

/// The events' part of the plan, and the record as they leave it.
void add_events(UndoPlan& plan, Record& record, RecordEvents events, Time at) {
    for (RecordEvent& event : events) {
        evolve(record, event.type, event.data, at);
        plan.events.push_back(std::move(event));
    }
}

/// The members of all changes together: no two events of an update change the same field.
Json changed(const RecordEvents& events, std::string_view side) {
    JsonObject all;
    for (const RecordEvent& event : events)
        if (const Json* const part = event.data.find(side); part != nullptr && part->object())
            for (const auto& [name, value] : *part->object()) all.set(name, value);
    return all;
}

} // namespace

UndoFold::Values UndoFold::values_of(const JsonObject& fields) const {
    Values values;
    for (const Field& field : kind_.fields) {
        const Json* const value = fields.find(field.name);
        if (field.type == FieldType::metadata)
            for (const auto& [key, member] : object_in(fields, field.name))
                values[metadata_key(field, key)] = member;
        else
            values[field.name] = value == nullptr ? empty_value(field) : *value;
    }
    return values;
}

void UndoFold::fold(std::string_view type, const JsonObject& data, Time at, std::int64_t position,
                    bool is_undone) {
    const Values before = values_of(record_.fields);
    const bool was_there = is_there();
    const bool existed = record_.version != 0;
    evolve(record_, type, data, at);
    const Values after = values_of(record_.fields);
    if (is_there() != was_there) {
        changed_at_[life] = position;
        if (is_undone) {
            if (!life_) existed_ = existed;
            life_ = Touched{life_ ? life_->before : Json(was_there), Json(is_there())};
            if (is_there()) made_ = after;
        }
    }
    note_difference(before, after, position, is_undone);
}

void UndoFold::note_difference(const Values& before, const Values& after, std::int64_t position,
                               bool is_undone) {
    std::set<std::string> names;
    for (const auto& [name, value] : before) names.insert(name);
    for (const auto& [name, value] : after) names.insert(name);
    for (const std::string& name : names) {
        const Json& old_value = value_in(before, name);
        const Json& new_value = value_in(after, name);
        if (old_value == new_value) continue;
        changed_at_[name] = position;
        if (!is_undone) continue;
        touched_.try_emplace(name, Touched{old_value, {}}).first->second.expected = new_value;
        if (made_) (*made_)[name] = new_value;
    }
}

UndoConflict UndoFold::life_conflict() const {
    return {life, is_there(), !is_there(), changed_at_.at(life)};
}

/// What would be lost with a record that others went on with.
std::vector<UndoConflict> UndoFold::later_changes() const {
    std::vector<UndoConflict> conflicts;
    Values now = values_of(record_.fields);
    for (const auto& [name, value] : *made_) now.try_emplace(name);
    for (const auto& [name, value] : now)
        if (const Json& expected = value_in(*made_, name); expected != value)
            conflicts.push_back({name, expected, value, changed_at_.at(name)});
    return conflicts;
}

/// What undone events touched, as it was before the first of them; of metadata the keys.
JsonObject UndoFold::fields_before() const {
    JsonObject fields;
    for (const Field& field : kind_.fields) {
        if (field.type != FieldType::metadata) {
            if (const auto found = touched_.find(field.name); found != touched_.end())
                fields.append(field.name, found->second.before);
            continue;
        }
        JsonObject keys;
        const std::string begin = metadata_key(field, "");
        for (auto at = touched_.lower_bound(begin);
             at != touched_.end() && at->first.starts_with(begin); ++at)
            keys.append(at->first.substr(begin.size()), at->second.before);
        if (!keys.empty()) fields.append(field.name, std::move(keys));
    }
    return fields;
}

/// Values for an update, metadata as a patch; what was changed since is a conflict instead.
JsonObject UndoFold::fields_to_restore(std::vector<UndoConflict>& conflicts,
                                       const Survivors& survivors) const {
    JsonObject restored;
    const Values now = values_of(record_.fields);
    const auto must_change = [&](const std::string& name, const Json& wanted) {
        const Touched& touched = touched_.at(name);
        const Json& value = value_in(now, name);
        if (value == touched.before || value == wanted) return false;
        if (value == touched.expected) return true;
        conflicts.push_back({name, touched.expected, value, changed_at_.at(name)});
        return false;
    };
    for (const auto& [name, wanted] : with_survivors(kind_, fields_before(), survivors)) {
        const Field& field = *kind_.field(name);
        if (field.type != FieldType::metadata) {
            if (must_change(name, wanted)) restored.append(name, wanted);
            continue;
        }
        const JsonObject current = object_in(record_.fields, name);
        JsonObject after = current;
        for (const auto& [key, value] : *wanted.object()) {
            if (!must_change(metadata_key(field, key), value)) continue;
            if (value.is_null())
                after.erase(key);
            else
                after.set(key, value);
        }
        if (current != after) restored.append(name, merge_difference(current, after));
    }
    return restored;
}

void UndoFold::change_fields(UndoPlan& plan, Record& record, Time at,
                             const Survivors& survivors) const {
    auto events = decide_update(kind_, record, fields_to_restore(plan.conflicts, survivors));
    if (events) return add_events(plan, record, std::move(*events), at);
    // What others added to metadata since leaves no room for what was in it.
    for (const FieldError& error : events.error().errors) {
        const std::string field = error.where.substr(1);
        plan.conflicts.push_back({field, {}, value_of(record.fields, field), 0});
    }
}

void UndoFold::remove(UndoPlan& plan, Record& record, Time at, const Survivors& survivors) const {
    plan.conflicts = later_changes();
    if (!plan.conflicts.empty()) return;
    if (existed_) change_fields(plan, record, at, survivors);
    plan.before = record_.fields;
    add_events(plan, record, decide_delete(kind_, record), at);
}

void UndoFold::bring_back(UndoPlan& plan, Record& record, Time at,
                          const Survivors& survivors) const {
    auto restored = decide_restore(kind_, record);
    if (!restored) return plan.conflicts.push_back(life_conflict());
    add_events(plan, record, std::move(*restored), at);
    change_fields(plan, record, at, survivors);
    plan.after = record.fields;
}

std::vector<StreamKey> UndoFold::references() const {
    return referred_records(kind_, fields_before());
}

UndoPlan UndoFold::plan(Time at, const Survivors& survivors) const {
    UndoPlan plan;
    Record record = record_;
    const bool is_wanted = !life_ || life_->before == Json(true);
    const bool was_left = !life_ || life_->expected == Json(true);
    if (is_there() && is_wanted) {
        change_fields(plan, record, at, survivors);
        plan.before = changed(plan.events, "before");
        plan.after = changed(plan.events, "after");
    } else if (is_there() && was_left) {
        remove(plan, record, at, survivors);
    } else if (is_there()) {
        plan.conflicts.push_back(life_conflict());
    } else if (is_wanted && !was_left) {
        bring_back(plan, record, at, survivors);
    } else if (is_wanted) { // others deleted it since
        std::vector<UndoConflict> of_fields;
        if (!fields_to_restore(of_fields, survivors).empty() || !of_fields.empty())
            plan.conflicts.push_back(life_conflict());
    }
    return plan;
}

} // namespace throughline
