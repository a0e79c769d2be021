#include "domain/record/custom_fields.hpp"

#include "domain/record/change.hpp"
#include "domain/record/value.hpp"
#include "domain/text.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace throughline {

namespace {

using Faults = std::vector<FieldError>;

constexpr std::array<std::pair<std::string_view, FieldType>, 9> types{{
    {"text", FieldType::text},
    {"number", FieldType::number},
    {"decimal", FieldType::number},
    {"date", FieldType::date},
    {"choice", FieldType::choice},
    {"multi_choice", FieldType::choices},
    {"reference", FieldType::reference},
    {"boolean", FieldType::flag},
    {"url", FieldType::url},
}};

std::optional<Json> kept_list(const Json& written, const std::string&, Faults&) { return written; }

/// Each definition was checked before it came here.
const OwnRules& definitions_rules() {
    static constexpr OwnRules rules{kept_list, R"({"type": "array"})", true};
    return rules;
}

bool is_key(std::string_view text) {
    return !text.empty() && text.size() <= 50 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

/// The form of a body, as a record's.
const Kind& form() {
    static const Kind kind{"field",
                           "fields",
                           {text("key").at_most(50).required(), text("label").at_most(100),
                            choice("type", custom_field_types()).required(),
                            flag("required").initially(false), tags("choices").at_most(100),
                            text("target").at_most(50)}};
    return kind;
}

std::string text_in(const JsonObject& values, std::string_view name) {
    const Json* const value = values.find(name);
    return value == nullptr || value->string() == nullptr ? std::string() : *value->string();
}

JsonArray list_in(const JsonObject& values, std::string_view name) {
    const Json* const list = values.find(name);
    return list == nullptr || list->array() == nullptr ? JsonArray{} : *list->array();
}

JsonArray choices_in(const JsonObject& values) { return list_in(values, "choices"); }

/// "In review" is kept as in_review.
std::string key_of_label(const std::string& label) {
    std::string key = case_folded(label);
    std::ranges::replace(key, ' ', '_');
    return key;
}

Field custom_field(const JsonObject& definition) {
    const std::string type = text_in(definition, "type");
    const auto found = std::ranges::find(types, type, &decltype(types)::value_type::first);
    Field field = text(text_in(definition, "key"));
    if (found != types.end()) field.type = found->second;
    if (field.type == FieldType::url) field.max_length = url(field.name).max_length;
    if (field.type == FieldType::flag) field.choices = flag(field.name).choices;
    field.label = text_in(definition, "label");
    field.target = text_in(definition, "target");
    for (const Json& choice : choices_in(definition)) field.choices.push_back(*choice.string());
    for (const Json& gone : list_in(definition, "retired")) field.retired.push_back(*gone.string());
    const Json* const required = definition.find("required");
    field.is_required = required != nullptr && *required == Json(true);
    return field;
}

void extend_choices(Field& field, const JsonObject& definition) {
    if (field.labels.empty())
        for (const std::string& key : field.choices)
            field.labels.push_back(field.choice_label(key));
    for (const Json& choice : choices_in(definition)) {
        const std::string key = key_of_label(*choice.string());
        if (std::ranges::find(field.choices, key) != field.choices.end()) continue;
        field.choices.push_back(key);
        field.labels.push_back(*choice.string());
    }
    for (const Json& gone : list_in(definition, "retired"))
        field.retired.push_back(key_of_label(*gone.string()));
}

/// What the members say together.
class DefinitionCheck {
  public:
    DefinitionCheck(const Registry& registry, const Kind& kind, const JsonObject& values)
        : registry_(registry), kind_(kind), own_(kind.field(text_in(values, "key"))),
          values_(values) {}

    Faults faults() && {
        if (!is_key(text_in(values_, "key")))
            fault("key", "invalid_format", "1 to 50 of a-z, 0-9 and _ are expected.");
        else if (own_ != nullptr && own_->type != FieldType::choice)
            fault("key", "invalid_choice", "The kind has a field of this name.");
        if (own_ == nullptr && kind_.field("metadata") == nullptr)
            fault("key", "invalid_choice", "The kind takes no fields beside its own.");
        const std::string type = text_in(values_, "type");
        if (own_ != nullptr && type != "choice")
            fault("type", "invalid_choice", "The kind's own field of this name is a choice.");
        const bool has_choices = type == "choice" || type == "multi_choice";
        if (has_choices && choices_in(values_).empty())
            fault("choices", "required", "A choice needs them.");
        if (!has_choices && !choices_in(values_).empty())
            fault("choices", "invalid_choice", "Only a choice has them.");
        const std::string target = text_in(values_, "target");
        if (type == "reference" && target.empty())
            fault("target", "required", "A reference needs a kind or user.");
        else if (!target.empty() && target != "user" && registry_.find(target) == nullptr)
            fault("target", "invalid_choice", "There is no such kind.");
        return std::move(faults_);
    }

  private:
    void fault(const char* member, const char* code, const char* detail) {
        faults_.push_back({std::string("/") + member, code, detail});
    }

    const Registry& registry_;
    const Kind& kind_;
    const Field* const own_;
    const JsonObject& values_;
    Faults faults_;
};

} // namespace

Kind custom_fields_kind() {
    Kind kind{"custom_fields",
              "custom_fields",
              {
                  text("kind").required(),
                  own("fields", definitions_rules()).initially(JsonArray{}),
              },
              {"kind"}};
    kind.events = {"created", "updated"};
    return kind;
}

std::vector<std::string> custom_field_types() {
    std::vector<std::string> names;
    for (const auto& [name, type] : types) names.emplace_back(name);
    return names;
}

Result<JsonObject> check_custom_field(const Registry& registry, const Kind& kind,
                                      const Json& body) {
    const auto draft = check_create(form(), body);
    if (!draft) return draft.error();
    JsonObject values = with_initial_values(form(), draft->values);
    if (auto faults = DefinitionCheck(registry, kind, values).faults(); !faults.empty())
        return invalid(std::move(faults));
    if (const Kind* const target = registry.find(text_in(values, "target")))
        values.set("target", target->name); // streams are of that name, not of "contacts"
    if (text_in(values, "label").empty()) values.set("label", label_of(text_in(values, "key")));
    JsonObject whole;
    for (const Field& field : form().fields) {
        const Json* const value = values.find(field.name);
        if (field.name == "target" && value == nullptr) continue;
        whole.append(field.name, value == nullptr ? empty_value(field) : *value);
    }
    return whole;
}

JsonObject with_retired_choices(const JsonObject& before, JsonObject after) {
    JsonArray once = list_in(before, "retired");
    std::ranges::move(choices_in(before), std::back_inserter(once));
    const JsonArray now = choices_in(after);
    JsonArray retired;
    for (Json& choice : once)
        if (std::ranges::find(now, choice) == now.end() &&
            std::ranges::find(retired, choice) == retired.end())
            retired.push_back(std::move(choice));
    if (!retired.empty()) after.set("retired", std::move(retired));
    return after;
}

JsonObject removed_extension(const JsonObject& definition) {
    JsonObject without = definition;
    without.set("choices", JsonArray{});
    return with_retired_choices(definition, std::move(without));
}

/// What is not removed and had choices has some.
bool is_removed(const JsonObject& definition) {
    return choices_in(definition).empty() && !list_in(definition, "retired").empty();
}

JsonObject without_retired_choices(JsonObject definition) {
    definition.erase("retired");
    return definition;
}

Kind with_custom_fields(Kind kind, const JsonArray& definitions) {
    for (const Json& definition : definitions) {
        if (definition.object() == nullptr) continue;
        const auto own = std::ranges::find(kind.fields, definition.text("key"), &Field::name);
        if (own == kind.fields.end())
            kind.custom.push_back(custom_field(*definition.object()));
        else
            extend_choices(*own, *definition.object());
    }
    return kind;
}

} // namespace throughline
