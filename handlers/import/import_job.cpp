#include "handlers/import/import_job.hpp"

#include <algorithm>
#include <array>

namespace throughline {

namespace {

using OnDuplicate = ImportOptions::OnDuplicate;
using Match = ImportOptions::Match;

template <class T> struct Named {
    std::string_view name;
    T value;
};
constexpr std::array duplicate_names{Named<OnDuplicate>{"skip", OnDuplicate::skip},
                                     Named<OnDuplicate>{"update", OnDuplicate::update},
                                     Named<OnDuplicate>{"create", OnDuplicate::create}};
constexpr std::array match_names{Named<Match>{"email", Match::email},
                                 Named<Match>{"external_id", Match::external_id}};
constexpr std::array automation_names{Named<std::string_view>{"yes", "yes"},
                                      Named<std::string_view>{"no", "no"},
                                      Named<std::string_view>{"later", "later"}};
constexpr std::array truth_names{Named<bool>{"true", true}, Named<bool>{"false", false},
                                 Named<bool>{"yes", true},  Named<bool>{"no", false},
                                 Named<bool>{"1", true},    Named<bool>{"0", false}};

template <class Names, class Value> std::string name_in(const Names& names, Value value) {
    return std::string(
        std::ranges::find_if(names, [&](const auto& one) { return one.value == value; })->name);
}

template <class Names, class Value>
void read_choice(const JsonObject& from, std::string_view member, const Names& names, Value& into,
                 std::vector<FieldError>& errors) {
    const Json* const given = from.find(member);
    if (given == nullptr || given->is_null()) return;
    std::string text = given->string() != nullptr ? *given->string() : "";
    if (given->boolean() != nullptr) text = *given->boolean() ? "true" : "false";
    const auto found =
        std::ranges::find_if(names, [&](const auto& one) { return one.name == text; });
    if (found != names.end()) {
        into = found->value;
        return;
    }
    std::string detail = "One of";
    for (const auto& one : names)
        detail += (&one == &names.front() ? " " : ", ") + std::string(one.name);
    errors.push_back({"/" + std::string(member), "invalid_choice", detail + "."});
}

void read_mapping(const JsonObject& from, ColumnMapping& into, std::vector<FieldError>& errors) {
    const Json* const given = from.find("mapping");
    if (given == nullptr || given->is_null()) return;
    if (given->object() == nullptr) {
        errors.push_back({"/mapping", "invalid_type",
                          "A JSON object: the column's header → our field, id, or null."});
        return;
    }
    for (const auto& [column, field] : *given->object()) {
        if (field.is_null()) {
            into.emplace_back(column, std::nullopt);
        } else if (field.string() != nullptr) {
            into.emplace_back(column, *field.string());
        } else {
            std::string pointer = "/mapping/";
            append_pointer_token(pointer, column);
            errors.push_back({pointer, "invalid_type", "A field's name or null."});
        }
    }
}

} // namespace

Json to_json(const ImportOptions& options) {
    JsonObject mapping;
    for (const auto& [column, field] : options.mapping)
        mapping.append(column, field ? Json(*field) : Json());
    return JsonObject{{"mapping", std::move(mapping)},
                      {"on_duplicate", name_in(duplicate_names, options.on_duplicate)},
                      {"match", name_in(match_names, options.match)},
                      {"run_automations", options.run_automations},
                      {"dry_run", options.dry_run}};
}

Result<ImportOptions> read_import_options(const JsonObject& options) {
    ImportOptions out;
    std::vector<FieldError> errors;
    read_mapping(options, out.mapping, errors);
    read_choice(options, "on_duplicate", duplicate_names, out.on_duplicate, errors);
    read_choice(options, "match", match_names, out.match, errors);
    read_choice(options, "run_automations", automation_names, out.run_automations, errors);
    read_choice(options, "dry_run", truth_names, out.dry_run, errors);
    if (!errors.empty()) return invalid(std::move(errors));
    return out;
}

Json to_json(const ImportError& error) {
    return JsonObject{{"line", error.line},
                      {"pointer", error.pointer},
                      {"code", error.code},
                      {"detail", error.detail}};
}

std::string import_json(const ImportJob& job, const std::vector<ImportError>& first_errors) {
    const auto position = [](std::int64_t value) { return value == 0 ? Json() : Json(value); };
    JsonArray errors;
    for (const ImportError& error : first_errors) errors.push_back(to_json(error));
    JsonArray unmapped(job.unmapped_columns.begin(), job.unmapped_columns.end());
    return to_text(JsonObject{{"id", to_string(job.id)},
                              {"kind", job.kind},
                              {"format", std::string(name_of(job.format))},
                              {"layout", job.layout.empty() ? Json() : Json(job.layout)},
                              {"status", job.status},
                              {"dry_run", job.options.dry_run},
                              {"total_rows", job.total_rows},
                              {"processed", job.progress.processed},
                              {"created", job.progress.created},
                              {"updated", job.progress.updated},
                              {"unchanged", job.progress.unchanged},
                              {"skipped", job.progress.skipped},
                              {"failed", job.progress.failed},
                              {"errors", std::move(errors)},
                              {"unmapped_columns", std::move(unmapped)},
                              {"correlation_id", to_string(job.id)},
                              {"first_position", position(job.progress.first_position)},
                              {"last_position", position(job.progress.last_position)}});
}

} // namespace throughline
