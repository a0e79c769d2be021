#include "projections/timeline.hpp"

#include "domain/other_kinds.hpp"
#include "domain/record/value.hpp"
#include "domain/text.hpp"
#include "projections/event_change.hpp"

#include <algorithm>

namespace throughline {

namespace {

using NameOfStream = std::function<std::string(const StreamKey&)>;

std::string words_of(std::string_view name) {
    std::string words(name);
    std::ranges::replace_if(words, [](char c) { return c == '_' || c == '.'; }, ' ');
    return words;
}

/// Of a field that the declaration may no longer have.
std::string label_in(const Kind* kind, const std::string& name) {
    const Field* const field = kind == nullptr ? nullptr : kind->field(name);
    return field == nullptr ? label_of(name) : field->label;
}

std::string name_or_id(const std::string& kind, const std::string& id,
                       const NameOfStream& name_of) {
    const auto parsed = parse_uuid(id);
    const std::string name = parsed ? name_of({kind, *parsed}) : std::string();
    return name.empty() ? id : name;
}

/// A value on one line, for people.
std::string shown(const Field* field, const Json& value, const NameOfStream& name_of) {
    if (const auto* text = value.string()) {
        if (field != nullptr && !field->choices.empty()) return field->choice_label(*text);
        if (field != nullptr && field->refers()) return name_or_id(field->target, *text, name_of);
        return text->empty() ? "none" : *text;
    }
    if (const auto* items = value.array()) {
        std::string all;
        for (const Json& item : *items)
            all += (all.empty() ? "" : ", ") + shown(field, item, name_of);
        return all.empty() ? "none" : all;
    }
    if (const bool* const is_so = value.boolean()) return *is_so ? "yes" : "no";
    return value.is_null() ? "none" : to_text(value);
}

bool fits_on_a_line(const Field* field) {
    return field == nullptr ||
           (field->type != FieldType::long_text && field->type != FieldType::metadata &&
            !(field->type == FieldType::own && field->rules->is_long));
}

std::string change_summary(const Kind* kind, const EventChange& change,
                           const NameOfStream& name_of) {
    const JsonObject& after = *change.after.object();
    const JsonMember& first = *after.begin();
    const Field* const field = kind == nullptr ? nullptr : kind->field(first.name);
    if (after.size() == 1 && fits_on_a_line(field)) {
        return label_in(kind, first.name) +
               " changed: " + shown(field, value_of(change.before, first.name), name_of) + " → " +
               shown(field, first.value, name_of);
    }
    std::string labels;
    for (const JsonMember& member : after)
        labels += (labels.empty() ? "" : ", ") + ascii_lower(label_in(kind, member.name));
    return "Updated: " + labels;
}

/// "Merged contact Ada Lovelace", "Merged into contact Ada".
std::string merge_summary(const StoredEvent& event, std::string_view what,
                          const NameOfStream& name_of) {
    const JsonObject data = current_data(event);
    const Json* const others = data.find(what == "merged_into" ? "into" : what);
    std::string names;
    if (others != nullptr)
        for (const Uuid& id : ids_in(*others))
            names += (names.empty() ? " " : ", ") +
                     name_or_id(event.stream.kind, to_string(id), name_of);
    return label_of(words_of(what)) + ' ' + words_of(event.stream.kind) + names;
}

} // namespace

std::string timeline_summary(const Registry& registry, const StoredEvent& event,
                             const NameOfStream& name_of) {
    const std::string_view what = last_word(event.type);
    if (what == "created" || what == "deleted" || what == "restored")
        return label_of(what) + ' ' + words_of(event.stream.kind);
    if (what == "merged" || what == "merged_into" || what == "unmerged")
        return merge_summary(event, what, name_of);
    const EventChange change = change_of(event);
    const JsonObject* const after = change.after.object();
    if (change.before.object() != nullptr && after != nullptr && !after->empty())
        return change_summary(any_kind(registry, event.stream.kind), change, name_of);
    return label_of(words_of(event.type));
}

} // namespace throughline
