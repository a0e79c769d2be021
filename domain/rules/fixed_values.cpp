#include "domain/rules/fixed_values.hpp"

#include "domain/id.hpp"
#include "domain/record/change.hpp"
#include "domain/record/value.hpp"
#include "domain/text.hpp"
#include "domain/time.hpp"

#include <algorithm>
#include <array>

namespace throughline::rules {

namespace {

using Faults = std::vector<FieldError>;

/// An action that writes a record: which kind, and the parameter that holds its members; none where
/// the parameters are the members.
struct Writer {
    std::string_view action;
    std::string_view kind;
    std::string_view parameter;
    bool makes = false;
};

constexpr std::array writers = {
    Writer{"task.create", "task", "task_data", true},
    Writer{"create_task", "task", "", true},
    Writer{"project.create", "project", "project_data", true},
    Writer{"deal.update", "deal", "changes"},
    Writer{"contact.update", "contact", "changes"},
};

const Writer* writer_of(const Action& action) {
    const auto found = std::ranges::find(writers, action.type->name, &Writer::action);
    return found == writers.end() ? nullptr : &*found;
}

bool has_template(const Json& value) { return to_text(value).find("{{") != std::string::npos; }

JsonObject without_templates(const JsonObject& members) {
    JsonObject fixed;
    for (const auto& [name, value] : members) {
        if (value.object() != nullptr)
            fixed.append(name, without_templates(*value.object()));
        else if (!has_template(value))
            fixed.append(name, value);
    }
    return fixed;
}

/// The flat form leaves out what is empty.
JsonObject without_blanks(const JsonObject& parameters) {
    JsonObject given;
    for (const auto& [name, value] : parameters)
        if (!value.is_null() && value != Json("")) given.append(name, value);
    return given;
}

/// What the action writes as it stands, templates and all; nothing where one template makes it.
std::optional<JsonObject> written_by(const Action& action, const Writer& writer) {
    if (writer.parameter.empty()) return without_blanks(action.parameters);
    const Json* const data = action.parameters.find(writer.parameter);
    if (data == nullptr || data->object() == nullptr) return std::nullopt;
    return *data->object();
}

std::string place_of(const Action& action, std::string_view parameter) {
    return parameter.empty() ? action.pointer : action.pointer + '/' + std::string(parameter);
}

Faults errors_of(const Result<Draft>& checked) {
    if (checked) return {};
    const Rejection refused = checked.error();
    return refused.errors;
}

void check_written(const Action& action, const Registry& kinds, Faults& faults) {
    const Writer* const writer = writer_of(action);
    const auto written = writer == nullptr ? std::nullopt : written_by(action, *writer);
    if (!written) return;
    const Kind& kind = *kinds.find(writer->kind);
    Faults found = errors_of(check_update(kind, without_templates(*written)));
    // What a new record requires is not what an update does.
    std::erase_if(found, [&](const FieldError& error) {
        return error.code == "unknown_field" || (writer->makes && error.code == "required");
    });
    if (writer->makes)
        for (FieldError& error : errors_of(check_create(kind, *written)))
            if (error.code == "required") found.push_back(std::move(error));
    for (FieldError& error : found) {
        error.where = place_of(action, writer->parameter) + error.where;
        faults.push_back(std::move(error));
    }
}

/// A parameter's text, empty where there is none or a template makes it.
std::string fixed_text(const Action& action, std::string_view parameter) {
    const std::string text = trimmed(Json(action.parameters).text(parameter));
    return text.find("{{") == std::string::npos ? text : std::string();
}

const Field* status_of(const Kind& kind) {
    return kind.field(kind.name == "deal" ? "stage" : "status");
}

/// The kind that the record is said to be of, by name or by an id such as {{deal.id}}.
const Kind* kind_told(const Action& action, const Registry& kinds) {
    if (const std::string name = fixed_text(action, "entity_type"); !name.empty())
        return kinds.find(case_folded(name));
    if (action.parameters.contains("entity_type")) return nullptr;
    std::string_view id = *action.parameters.find("entity_id")->string();
    constexpr std::string_view end = ".id}}";
    if (!id.starts_with("{{") || !id.ends_with(end)) return nullptr;
    return kinds.find(id.substr(2, id.size() - 2 - end.size()));
}

void check_status(const Action& action, const Registry& kinds, Faults& faults) {
    const std::string status = fixed_text(action, "new_status");
    if (status.empty()) return;
    const std::string where = place_of(action, "new_status");
    if (const Kind* const kind = kind_told(action, kinds)) {
        if (const Field* const field = status_of(*kind))
            (void)normal_value(*field, status, where, faults);
        return;
    }
    const auto takes = [&](const Kind& kind) {
        const Field* const field = status_of(kind);
        return field != nullptr && choice_key(*field, status).has_value();
    };
    if (std::ranges::none_of(kinds.kinds(), takes))
        add_fault(faults, where, "invalid_choice", "No kind of record has such a status.");
}

/// A text, or a list of texts; in each perhaps several addresses behind commas.
void check_addresses(const Action& action, std::string_view parameter, Faults& faults) {
    const Json* const value = action.parameters.find(parameter);
    if (value == nullptr || value->is_null()) return;
    const JsonArray texts = value->array() != nullptr ? *value->array() : JsonArray{*value};
    for (const Json& text : texts) {
        if (text.string() == nullptr || has_template(text)) continue;
        for (const std::string_view address : comma_parts(*text.string()))
            if (!address.empty() && !looks_like_email(address))
                return add_fault(faults, place_of(action, parameter), "invalid_format",
                                 "An address looks like name@example.com.");
    }
}

void check_recipient(const Action& action, Faults& faults) {
    const std::string recipient = fixed_text(action, "recipient");
    if (!recipient.empty() && !parse_uuid(recipient) && !looks_like_email(recipient))
        add_fault(faults, place_of(action, "recipient"), "invalid_format",
                  "A member's id, or an address, is expected.");
}

void check_until(const Action& action, Faults& faults) {
    const std::string until = fixed_text(action, "until");
    if (!until.empty() && !parse_rfc3339(until) && !parse_date(until))
        add_fault(faults, place_of(action, "until"), "invalid_format",
                  "An RFC 3339 time or a date, YYYY-MM-DD, is expected.");
}

void check_values(const Action& action, const Registry& kinds, Faults& faults) {
    const std::string_view type = action.type->name;
    check_written(action, kinds, faults);
    if (type == "update_status") check_status(action, kinds, faults);
    if (type == "notification.send") check_recipient(action, faults);
    if (type == "delay") check_until(action, faults);
    if (type == "email.send")
        for (const std::string_view parameter : {"to_email", "cc"})
            check_addresses(action, parameter, faults);
    if (type == "message.post" && case_folded(fixed_text(action, "channel")) == "email")
        check_addresses(action, "to", faults);
}

} // namespace

std::vector<FixedValues> fixed_values(const std::vector<Action>& actions, const Registry& kinds) {
    std::vector<FixedValues> all;
    for (const Action& action : actions) {
        const Writer* const writer = writer_of(action);
        const auto written = writer == nullptr ? std::nullopt : written_by(action, *writer);
        if (written)
            all.push_back({kinds.find(writer->kind), place_of(action, writer->parameter),
                           without_templates(*written)});
    }
    return all;
}

std::vector<FieldError> value_faults(const std::vector<Action>& actions, const Registry& kinds) {
    Faults faults;
    for (const Action& action : actions) check_values(action, kinds, faults);
    if (faults.size() > max_faults) faults.resize(max_faults);
    return faults;
}

} // namespace throughline::rules
