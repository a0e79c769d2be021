#include "domain/rules/trigger_examples.hpp"

#include "domain/record/example.hpp"

#include <algorithm>

namespace throughline::rules {

namespace {

std::string word_of(const TriggerEvent& event) {
    return event.name.substr(event.name.find('.') + 1);
}

/// The record with ids where it refers to others, and these others.
void add_references(const Registry& registry, const Kind& kind, ContextSource& source) {
    for (const Field& field : kind.fields) {
        const Kind* const target = registry.find(field.target);
        if (field.type != FieldType::reference || target == nullptr) continue;
        const JsonObject other = example_record(*target);
        source.record.set(field.name, example_id);
        source.record.set(field.name_member(), *other.find(target->titles.front()));
        if (!source.linked.contains(target->name) && target != &kind)
            source.linked.append(target->name, other);
    }
}

void set_change(ContextSource& source, const std::string& field, Json before, Json after) {
    source.data = {};
    source.data.append("before", JsonObject{}).object()->append(field, std::move(before));
    source.data.append("after", JsonObject{}).object()->append(field, after);
    source.record.set(field, std::move(after));
}

/// A change that is this event by the declaration: of a field whose changes are events of their
/// own, or a value that is one.
bool add_own_change(const Kind& kind, const std::string& word, ContextSource& source) {
    for (const Field& field : kind.fields) {
        const auto fact =
            std::ranges::find(field.facts, word, &std::pair<std::string, std::string>::second);
        const bool is_fact = fact != field.facts.end();
        if (!is_fact && (field.changes_as != word || field.choices.size() < 2)) continue;
        set_change(source, field.name, field.choices.front(),
                   is_fact ? fact->first : field.choices[1]);
        return true;
    }
    return false;
}

void add_told(const Kind& kind, const std::string& word, ContextSource& source) {
    for (const Told& told : kind.told)
        if (told.event == word) source.data.append(told.member, *source.record.find(told.field));
}

void add_change(const TriggerEvent& event, const Kind& kind, ContextSource& source) {
    const std::string word = word_of(event);
    if (event.name == "deal.high_value")
        set_change(source, "value", 900, JsonNumber{"12000.50"});
    else if (!add_own_change(kind, word, source) && word == "updated")
        set_change(source, kind.titles.front(), "Before", *source.record.find(kind.titles.front()));
    add_told(kind, word, source);
}

} // namespace

JsonObject example_tenant() {
    return {{"id", "0198c5a2-6cff-7a52-b3de-91f0a2c4e6b8"},
            {"slug", "acme"},
            {"name", "Acme"},
            {"timezone", "Europe/Paris"},
            {"currency", "EUR"}};
}

JsonObject example_context(const Registry& registry, const TriggerEvent& event) {
    const Kind& kind = *registry.find(event.kind);
    ContextSource source;
    source.kind = &kind;
    source.record = example_record(kind);
    source.event_id = "0198c5a2-7b1f-7d10-a7c5-3e9b1f2d4a60";
    source.event_type = event.name;
    source.time = *parse_rfc3339(example_time);
    source.user = JsonObject{
        {"id", example_user}, {"name", example_user_name}, {"email", "olive@example.com"}};
    source.tenant = example_tenant();
    add_references(registry, kind, source);
    add_change(event, kind, source);
    return rule_context(source);
}

} // namespace throughline::rules
