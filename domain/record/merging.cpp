#include "domain/record/merging.hpp"

#include "domain/record/merge.hpp"
#include "domain/record/value.hpp"

#include <algorithm>

namespace throughline {

namespace {

std::string_view last_word_of(std::string_view type) { return type.substr(type.rfind('.') + 1); }

Json value_in(const JsonObject& fields, const Field& field) {
    const Json* const value = fields.find(field.name);
    return value == nullptr ? empty_value(field) : *value;
}

JsonObject object_in(const Json& value) {
    return value.object() == nullptr ? JsonObject{} : *value.object();
}

/// What the second list has and the first lacks comes behind the first.
Json united(const Json& first, const Json& second) {
    JsonArray all = first.array() == nullptr ? JsonArray{} : *first.array();
    if (second.array() != nullptr)
        for (const Json& item : *second.array())
            if (std::ranges::find(all, item) == all.end()) all.push_back(item);
    return all;
}

bool is_united(const Field& field) { return field.is_list() || field.type == FieldType::metadata; }

Json united_value(const Field& field, Json value, const MergedRecords& others) {
    for (const auto& [id, fields] : others) {
        const Json theirs = value_in(fields, field);
        value = field.is_list() ? united(value, theirs)
                                : Json(merge_patch(object_in(theirs), object_in(value)));
    }
    return value;
}

/// From whom a field is taken whole: who was chosen for it, else the first who has a value.
const JsonObject& giver_of(const Field& field, const JsonObject& survivor,
                           const MergedRecords& others, const JsonObject& chosen) {
    const Json* const source = chosen.find(field.name);
    if (source == nullptr && !value_in(survivor, field).is_null()) return survivor;
    const auto gives = [&](const auto& other) {
        return source == nullptr ? !value_in(other.second, field).is_null()
                                 : Json(to_string(other.first)) == *source;
    };
    const auto from = std::ranges::find_if(others, gives);
    return from == others.end() ? survivor : from->second;
}

/// What the giver of the other field has; where it has nothing, what others have who agree in it.
Json following_value(const Field& field, const Field& leading, const JsonObject& survivor,
                     const MergedRecords& others, const JsonObject& chosen) {
    const JsonObject& giver = giver_of(leading, survivor, others, chosen);
    Json value = value_in(giver, field);
    const auto fill = [&](const JsonObject& fields) {
        if (value.is_null() && value_in(fields, leading) == value_in(giver, leading))
            value = value_in(fields, field);
    };
    if (!field.initial.is_null()) return value;
    fill(survivor);
    for (const auto& [id, fields] : others) fill(fields);
    return value;
}

struct FieldChanges {
    JsonObject before;
    JsonObject after;
};

FieldChanges changes_between(const Kind& kind, const JsonObject& from, const JsonObject& to) {
    FieldChanges changes;
    for (const Field& field : kind.fields) {
        const Json before = value_in(from, field);
        const Json after = value_in(to, field);
        if (before == after) continue;
        if (field.type != FieldType::metadata) {
            changes.before.append(field.name, before);
            changes.after.append(field.name, after);
            continue;
        }
        changes.before.append(field.name, merge_difference(object_in(after), object_in(before)));
        changes.after.append(field.name, merge_difference(object_in(before), object_in(after)));
    }
    return changes;
}

std::optional<Rejection> too_large(const Kind& kind, const JsonObject& fields) {
    std::vector<FieldError> errors;
    for (const Field& field : kind.fields) {
        const Json value = value_in(fields, field);
        if (field.is_list() && value.array()->size() > max_tags)
            errors.push_back({"/fields/" + field.name, "too_large",
                              "United they are over 100: choose from whom they are taken."});
        if (field.type == FieldType::metadata && to_text(value).size() > max_metadata_bytes)
            errors.push_back({"/fields/" + field.name, "too_large",
                              "United it is over 16 KiB: choose from whom it is taken."});
    }
    return errors.empty() ? std::nullopt : std::optional(invalid(std::move(errors)));
}

/// With what follows from the kind's own rules.
Result<JsonObject> settled(const Kind& kind, const Record& before, JsonObject fields, Time at) {
    if (kind.settle == nullptr) return fields;
    JsonObject changed;
    for (const auto& [name, value] : changes_between(kind, before.fields, fields).after)
        changed.append(name, *fields.find(name));
    auto values = kind.settle(kind, before, std::move(changed), at);
    if (!values) return values.error();
    for (const auto& [name, value] : *values) fields.set(name, value);
    return fields;
}

std::vector<Uuid> ids_at(const JsonObject& data, std::string_view name) {
    const Json* const ids = data.find(name);
    return ids == nullptr ? std::vector<Uuid>{} : ids_in(*ids);
}

JsonObject chosen_in(const JsonObject& data) {
    const Json* const chosen = data.find("chosen");
    return chosen == nullptr ? JsonObject{} : object_in(*chosen);
}

/// Whether two changes of one field touch the same: of metadata the same key.
bool overlap(const Json& one, const Json& other) {
    if (one.object() == nullptr || other.object() == nullptr) return true;
    return std::ranges::any_of(*one.object(), [&](const JsonMember& member) {
        return other.object()->contains(member.name);
    });
}

/// What a merge makes of the survivor's fields.
JsonObject merged_fields(const Kind& kind, const JsonObject& survivor, const MergedRecords& others,
                         const JsonObject& chosen) {
    JsonObject fields;
    for (const Field& field : kind.fields) {
        const bool is_chosen = chosen.contains(field.name);
        if (!is_chosen && is_united(field))
            fields.append(field.name, united_value(field, value_in(survivor, field), others));
        else if (!is_chosen && !field.goes_with.empty())
            fields.append(field.name, following_value(field, *kind.field(field.goes_with), survivor,
                                                      others, chosen));
        else
            fields.append(field.name, value_in(giver_of(field, survivor, others, chosen), field));
    }
    return fields;
}

} // namespace

Result<RecordEvents> decide_merge(const Kind& kind, const Record& survivor,
                                  const MergedRecords& others, const JsonObject& chosen, Time at) {
    auto fields = settled(kind, survivor, merged_fields(kind, survivor.fields, others, chosen), at);
    if (!fields) return fields.error();
    if (auto rejection = too_large(kind, *fields)) return *rejection;
    FieldChanges changes = changes_between(kind, survivor.fields, *fields);
    std::vector<StreamKey> links;
    add_links(links, kind, survivor.fields);
    add_links(links, kind, *fields);
    JsonArray merged;
    for (const auto& [id, theirs] : others) {
        links.push_back({kind.name, id});
        merged.emplace_back(to_string(id));
    }
    return RecordEvents{{kind.name + ".merged",
                         {{"before", std::move(changes.before)},
                          {"after", std::move(changes.after)},
                          {"merged", std::move(merged)},
                          {"chosen", chosen}},
                         std::move(links)}};
}

RecordEvents decide_merged_into(const Kind& kind, const Record& record, const Uuid& survivor) {
    std::vector<StreamKey> links;
    add_links(links, kind, record.fields);
    return {{kind.name + ".merged_into",
             {{"before", whole_fields(kind, record.fields)}, {"into", to_string(survivor)}},
             std::move(links)}};
}

RecordEvents decide_unmerged(const Kind& kind, const Record& merged) {
    std::vector<StreamKey> links;
    add_links(links, kind, merged.fields);
    return {{kind.name + ".restored", whole_fields(kind, merged.fields), std::move(links)}};
}

void Unmerging::see(const PastEvent& event) {
    const std::string_view what = last_word_of(event.type);
    if (what == "merged") steps_.push_back({event.version, ids_at(event.data, "merged")});
    if (what != "unmerged") return;
    for (const Uuid& id : ids_at(event.data, "unmerged"))
        for (Step& step : steps_) std::erase(step.ids, id);
}

bool Unmerging::is_merged() const {
    return std::ranges::any_of(steps_, [&](const Step& step) {
        return std::ranges::find(step.ids, id_) != step.ids.end();
    });
}

std::vector<Uuid> Unmerging::merged() const {
    std::vector<Uuid> all;
    for (const Step& step : steps_) all.insert(all.end(), step.ids.begin(), step.ids.end());
    return all;
}

void Unmerging::fold(const PastEvent& event, const std::map<Uuid, JsonObject>& fields) {
    const std::string_view what = last_word_of(event.type);
    if (what == "merged") {
        const auto step = std::ranges::find(steps_, event.version, &Step::version);
        merge_without(event, *step, fields);
    } else if (what == "restored" || what == "deleted" || what == "unmerged") {
        return; // the fields are what they were
    } else {
        evolve(without_, event.type, event.data, event.at);
        if (const Json* const after = event.data.find("after"); after && after->object())
            keep(*after->object());
    }
}

void Unmerging::merge_without(const PastEvent& event, const Step& step,
                              const std::map<Uuid, JsonObject>& fields) {
    MergedRecords all;
    for (const Uuid& id : step.ids) all.emplace_back(id, fields.at(id));
    MergedRecords others = all;
    std::erase_if(others, [&](const auto& each) { return each.first == id_; });
    JsonObject chosen = chosen_in(event.data);
    const auto settle = [&](JsonObject merged) {
        auto settled_fields = settled(kind_, without_, merged, event.at);
        return settled_fields ? std::move(*settled_fields) : std::move(merged);
    };
    const JsonObject with = settle(merged_fields(kind_, without_.fields, all, chosen));
    for (const JsonMember& each : chosen_in(event.data))
        if (each.value == Json(to_string(id_))) chosen.erase(each.name);
    JsonObject rest = settle(merged_fields(kind_, without_.fields, others, chosen));
    if (others.size() < all.size()) taken_ = changes_between(kind_, rest, with).after;
    without_.fields = std::move(rest);
}

void Unmerging::keep(const JsonObject& changed) {
    for (const auto& [name, value] : changed) {
        const Json* const brought = taken_.find(name);
        if (brought != nullptr && overlap(*brought, value) &&
            std::ranges::find(kept_, name) == kept_.end())
            kept_.push_back(name);
    }
}

std::vector<StreamKey> Unmerging::references(const Record& survivor) const {
    return referred_records(kind_, changes_between(kind_, survivor.fields, without_.fields).after);
}

RecordEvents Unmerging::decide(const Record& survivor, const Uuid& merge,
                               const Survivors& survivors) const {
    const JsonObject fields = with_survivors(kind_, without_.fields, survivors);
    FieldChanges changes = changes_between(kind_, survivor.fields, fields);
    std::vector<StreamKey> links;
    add_links(links, kind_, survivor.fields);
    add_links(links, kind_, fields);
    links.push_back({kind_.name, id_});
    return {{kind_.name + ".unmerged",
             {{"before", std::move(changes.before)},
              {"after", std::move(changes.after)},
              {"unmerged", JsonArray{to_string(id_)}},
              {"kept", JsonArray(kept_.begin(), kept_.end())},
              {"merge", to_string(merge)}},
             std::move(links)}};
}

} // namespace throughline
