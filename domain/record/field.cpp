#include "domain/record/field.hpp"

#include "domain/text.hpp"

#include <algorithm>

namespace throughline {

namespace {

constexpr std::size_t long_text_length = 20000;
constexpr std::size_t email_length = 254; // RFC 5321
constexpr std::size_t phone_length = 64;
constexpr std::size_t url_length = 2048;
constexpr std::size_t tag_length = 100;
constexpr std::size_t moment_length = 64;

constexpr std::string_view id_suffix = "_id";
constexpr std::string_view ids_suffix = "_ids";

Field field_of(std::string name, FieldType type, std::size_t max_length) {
    Field field;
    field.label = label_of(name);
    field.name = std::move(name);
    field.type = type;
    field.max_length = max_length;
    return field;
}

/// A copy with one member set.
template <class Value> Field with(Field field, Value Field::* member, Value value) {
    field.*member = std::move(value);
    return field;
}

bool is_key(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

} // namespace

std::string label_of(std::string_view name) {
    const bool is_plural = name.ends_with(ids_suffix);
    if (is_plural) name.remove_suffix(ids_suffix.size());
    if (name.ends_with(id_suffix)) name.remove_suffix(id_suffix.size());
    std::string label(name);
    if (is_plural) label += 's';
    std::ranges::replace(label, '_', ' ');
    if (!label.empty()) label[0] = ascii_upper(label[0]);
    return label;
}

Field Field::required() const { return with(*this, &Field::is_required, true); }
Field Field::personal() const { return with(*this, &Field::is_personal, true); }
Field Field::maybe_personal() const { return with(*this, &Field::may_be_personal, true); }
Field Field::searchable() const { return with(*this, &Field::is_searchable, true); }
Field Field::sortable() const { return with(*this, &Field::is_sortable, true); }
Field Field::at_most(std::size_t n) const { return with(*this, &Field::max_length, n); }
Field Field::initially(Json v) const { return with(*this, &Field::initial, std::move(v)); }
Field Field::never_null() const { return with(*this, &Field::is_never_null, true); }
Field Field::by_default_the_creator() const { return with(*this, &Field::is_creators, true); }
Field Field::created_by_name() const { return with(*this, &Field::creates_target, true); }

Field Field::change_is(std::string event) const {
    return with(*this, &Field::changes_as, std::move(event));
}

Field Field::becoming_is(std::string value, std::string event) const {
    Field field = *this;
    field.facts.emplace_back(std::move(value), std::move(event));
    return field;
}

Field Field::also_called(std::string synonym) const {
    Field field = *this;
    field.synonyms.push_back(std::move(synonym));
    return field;
}

Field Field::going_with(std::string other) const {
    return with(*this, &Field::goes_with, std::move(other));
}

std::string Field::name_member() const {
    if (type == FieldType::references && name.ends_with(ids_suffix))
        return name.substr(0, name.size() - ids_suffix.size()) + 's';
    if (type != FieldType::reference || !name.ends_with(id_suffix)) return {};
    return name.substr(0, name.size() - id_suffix.size());
}

std::string_view Field::event_of(const Json& value) const {
    if (value.string() != nullptr)
        for (const auto& [key, event] : facts)
            if (key == *value.string()) return event;
    return changes_as.empty() ? std::string_view("updated") : changes_as;
}

bool Field::was_choice(std::string_view key) const {
    return (had_choices && is_key(key)) || std::ranges::find(retired, key) != retired.end();
}

std::string Field::choice_label(std::string_view key) const {
    const auto found = std::ranges::find(choices, key);
    const auto index = static_cast<std::size_t>(found - choices.begin());
    return found != choices.end() && index < labels.size() ? labels[index] : label_of(key);
}

Field text(std::string name) { return field_of(std::move(name), FieldType::text, 255); }
Field long_text(std::string name) {
    return field_of(std::move(name), FieldType::long_text, long_text_length);
}
Field email(std::string name) { return field_of(std::move(name), FieldType::email, email_length); }
Field phone(std::string name) { return field_of(std::move(name), FieldType::phone, phone_length); }
Field url(std::string name) { return field_of(std::move(name), FieldType::url, url_length); }
Field tags(std::string name) { return field_of(std::move(name), FieldType::tags, tag_length); }
Field metadata(std::string name) { return field_of(std::move(name), FieldType::metadata, 0); }

Field flag(std::string name) {
    Field field = field_of(std::move(name), FieldType::flag, 0);
    field.choices = {"true", "false"};
    return field;
}

Field own(std::string name, const OwnRules& rules) {
    Field field = field_of(std::move(name), FieldType::own, 0);
    field.rules = &rules;
    return field;
}

Field choice(std::string name, std::vector<std::string> choices) {
    Field field = field_of(std::move(name), FieldType::choice, 255);
    field.choices = std::move(choices);
    return field;
}

Field reference(std::string name, std::string target) {
    Field field = field_of(std::move(name), FieldType::reference, 255);
    field.target = std::move(target);
    return field;
}

Field references(std::string name, std::string target) {
    Field field = reference(std::move(name), std::move(target));
    field.type = FieldType::references;
    return field;
}

Field money(std::string name) { return field_of(std::move(name), FieldType::money, 0); }
Field number(std::string name) { return field_of(std::move(name), FieldType::number, 0); }
Field date(std::string name) { return field_of(std::move(name), FieldType::date, moment_length); }
Field time(std::string name) { return field_of(std::move(name), FieldType::time, moment_length); }

} // namespace throughline
