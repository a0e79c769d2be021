#include "projections/filter_reader.hpp"

#include "domain/id.hpp"
#include "domain/money.hpp"
#include "domain/record/value.hpp"
#include "domain/text.hpp"
#include "domain/time.hpp"
#include "projections/table.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

namespace throughline {

namespace {

constexpr std::array<std::pair<std::string_view, FilterOp>, 10> operators{{
    {"eq", FilterOp::eq},
    {"ne", FilterOp::ne},
    {"gt", FilterOp::gt},
    {"gte", FilterOp::gte},
    {"lt", FilterOp::lt},
    {"lte", FilterOp::lte},
    {"in", FilterOp::in},
    {"contains", FilterOp::contains},
    {"starts_with", FilterOp::starts_with},
    {"exists", FilterOp::exists},
}};

std::string below(const std::string& pointer, std::string_view token) {
    std::string out = pointer + "/";
    append_pointer_token(out, token);
    return out;
}

/// A scalar as a query would have it.
std::optional<std::string> scalar_text(const Json& value) {
    if (const auto* const text = value.string()) return *text;
    if (const auto* const number = value.number()) return number->digits;
    if (const auto* const flag = value.boolean()) return *flag ? "true" : "false";
    return std::nullopt;
}

} // namespace

std::vector<std::string> split_at_commas(std::string_view text) {
    std::vector<std::string> parts;
    for (const std::string_view part : comma_parts(text))
        if (!part.empty()) parts.emplace_back(part);
    return parts;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(value)
                                                                    : std::nullopt;
}

void FilterReader::unknown(const std::string& where, std::string detail) {
    const bool in_query = of_ == Of::query;
    if (unknown_.size() < max_faults)
        unknown_.push_back(
            {where, in_query ? "unknown_parameter" : "unknown_field", std::move(detail), in_query});
}

void FilterReader::wrong(const std::string& where, std::string code, std::string detail) {
    if (wrong_.size() < max_faults)
        wrong_.push_back({where, std::move(code), std::move(detail), of_ == Of::query});
}

std::optional<Rejection> FilterReader::rejection() const {
    if (of_ == Of::query && !unknown_.empty())
        return Rejection{Refusal::malformed,
                         "The query has a parameter that this list does not know.", unknown_};
    std::vector<FieldError> all = unknown_;
    all.insert(all.end(), wrong_.begin(), wrong_.end());
    return all.empty() ? std::nullopt : std::optional(invalid(std::move(all)));
}

/// What is compared how, a tenant's own field as a declared one; nothing, and a fault, where there
/// is no such.
std::optional<ListColumn> FilterReader::open(const std::string& where, const std::string& path,
                                             std::string_view op, Filter& filter) {
    const auto found =
        std::ranges::find(operators, op, &std::pair<std::string_view, FilterOp>::first);
    if (found == operators.end()) {
        unknown(where, "There is no such operator.");
        return std::nullopt;
    }
    filter.op = found->second;
    const auto dot = path.find('.');
    auto column = list_column(kind_, path.substr(0, dot));
    if (!column || (dot != std::string::npos && column->type != ColumnType::object)) {
        unknown(where, "There is no such field.");
        return std::nullopt;
    }
    filter.field = column->name;
    if (dot != std::string::npos) filter.metadata_key = path.substr(dot + 1);
    if (column->type == ColumnType::object && filter.metadata_key.empty() &&
        filter.op != FilterOp::exists) {
        const std::string named = column->name + ".key";
        wrong(where, "invalid_format",
              "Name a key: " + (of_ == Of::query ? "filter[" + named + "]" : named) + ".");
        return std::nullopt;
    }
    const auto custom = std::ranges::find(kind_.custom, filter.metadata_key, &Field::name);
    return custom == kind_.custom.end() ? column : column_of(*custom);
}

bool FilterReader::is_presence(const std::string& where, const Values& values) {
    const bool fits = values.size() == 1 && (values[0] == "true" || values[0] == "false");
    if (!fits) wrong(where, "invalid_choice", "It is true or false.");
    return fits;
}

void FilterReader::close(const std::string& where, const ListColumn& column, const Values& values,
                         Filter filter) {
    if (filter.op == FilterOp::exists) {
        if (!is_presence(where, values)) return;
        filter.values = values;
        return filters_.push_back(std::move(filter));
    }
    if (values.empty()) wrong(where, "invalid_format", "It needs at least one value.");
    bool is_right = !values.empty();
    for (const std::string& value : values) {
        Values forms = read_forms(where, column, filter.op, value);
        is_right = is_right && !forms.empty();
        if (!filter.metadata_key.empty())
            for (std::string& form : forms) form = case_folded(form);
        std::ranges::move(forms, std::back_inserter(filter.values));
    }
    if (!is_right) return;
    if (filter.op == FilterOp::eq && filter.values.size() > 1) filter.op = FilterOp::in;
    filters_.push_back(std::move(filter));
}

/// All forms in which a value compares; none, and a fault, where the column holds no such. A row
/// that the list has not written anew since the tenant got a region has its number as it was
/// dialled.
FilterReader::Values FilterReader::read_forms(const std::string& where, const ListColumn& column,
                                              FilterOp op, const std::string& value) {
    const bool is_number = column.field != nullptr && column.field->type == FieldType::phone;
    if (is_number && (op == FilterOp::contains || op == FilterOp::starts_with)) {
        Values parts = phone_parts(value, column.field->region);
        if (parts.empty()) wrong(where, "invalid_format", "It has no digit.");
        return parts;
    }
    const auto compared = read_value(where, column, op, value);
    if (!compared) return {};
    const bool is_whole = op == FilterOp::eq || op == FilterOp::ne || op == FilterOp::in;
    if (const std::string dialled = is_number && is_whole ? normal_phone(value) : *compared;
        dialled != *compared)
        return {*compared, dialled};
    return {*compared};
}

void FilterReader::read(const std::string& where, const std::string& path, std::string_view op,
                        const std::string& value) {
    Filter filter;
    if (const auto column = open(where, path, op, filter))
        close(where, *column, filter.op == FilterOp::in ? split_at_commas(value) : Values{value},
              std::move(filter));
}

void FilterReader::read_test(const std::string& where, const std::string& path, std::string_view op,
                             const Json& value) {
    if (const auto text = scalar_text(value)) return read(where, path, op, *text);
    Filter filter;
    const auto column = open(where, path, op, filter);
    if (!column) return;
    if (value.array() == nullptr || filter.op != FilterOp::in)
        return wrong(where, "invalid_type",
                     filter.op == FilterOp::in ? "It is a list of values."
                                               : "It is a text, a number, true or false.");
    Values values;
    for (const Json& item : *value.array()) {
        const auto text = scalar_text(item);
        if (!text) return wrong(where, "invalid_type", "Its items are texts or numbers.");
        values.push_back(*text);
    }
    close(where, *column, values, std::move(filter));
}

void FilterReader::read_member(const std::string& pointer, const std::string& path,
                               const Json& test) {
    const std::string where = below(pointer, path);
    const JsonObject* const tests = test.object();
    if (tests == nullptr)
        return read_test(where, path, test.array() == nullptr ? "eq" : "in", test);
    if (tests->empty()) wrong(where, "invalid_format", "It needs at least one operator.");
    for (const auto& [op, value] : *tests) read_test(below(where, op), path, op, value);
}

/// The form in which a value compares; nothing, and a fault, where the column holds no such.
std::optional<std::string> FilterReader::read_value(const std::string& where,
                                                    const ListColumn& column, FilterOp op,
                                                    const std::string& value) {
    const auto fault = [&](const char* code, std::string detail) {
        wrong(where, code, std::move(detail));
        return std::nullopt;
    };
    const FieldType type = column.field == nullptr ? FieldType::text : column.field->type;
    if (type == FieldType::references && op != FilterOp::starts_with) {
        const auto id = parse_uuid(value);
        return id ? std::optional(to_string(*id)) : fault("invalid_format", "It is not a UUID.");
    }
    if (op == FilterOp::contains || op == FilterOp::starts_with)
        return column.type == ColumnType::time ? value : compared_form(type, value);
    if (column.type == ColumnType::uuid) {
        const auto id = parse_uuid(value);
        return id ? std::optional(to_string(*id)) : fault("invalid_format", "It is not a UUID.");
    }
    if (column.type == ColumnType::time) {
        const auto time = parse_rfc3339(value);
        return time ? std::optional(pg_time(*time))
                    : fault("invalid_format", "It is not an RFC 3339 time.");
    }
    if (column.type == ColumnType::number) {
        const auto number = read_number_of_json(value);
        return number ? number : fault("invalid_format", "It is not a decimal number.");
    }
    if (column.type == ColumnType::date)
        return parse_date(value) ? std::optional(value)
                                 : fault("invalid_format", "It is not a date as 2026-03-08.");
    if (column.type == ColumnType::integer) {
        const auto number = whole_number(read_number_of_json(value).value_or(value));
        return number ? std::optional(std::to_string(*number))
                      : fault("invalid_format", "It is not a whole number.");
    }
    std::string compared =
        compared_form(type, value, column.field == nullptr ? "" : column.field->region);
    if (type == FieldType::phone && compared.empty())
        return fault("invalid_format", "It has no digit.");
    const bool is_choice =
        type == FieldType::choice || type == FieldType::choices || type == FieldType::flag;
    return is_choice ? read_choice(where, *column.field, op, compared) : compared;
}

/// A choice is taken by its key or its label: in_progress, "In progress"; one that was taken away
/// and of which that alone is known, by any key.
std::optional<std::string> FilterReader::read_choice(const std::string& where, const Field& field,
                                                     FilterOp op, std::string value) {
    const bool needs_a_choice = op == FilterOp::eq || op == FilterOp::ne || op == FilterOp::in;
    if (auto key = choice_key(field, value)) return key;
    if (!needs_a_choice || field.was_choice(value)) return value;
    Field former = field;
    former.choices = field.retired;
    former.labels = {};
    if (auto key = choice_key(former, value)) return key;
    wrong(where, "invalid_choice", "It is none of the choices.");
    return std::nullopt;
}

} // namespace throughline
