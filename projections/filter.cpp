#include "projections/filter.hpp"

#include "domain/id.hpp"
#include "domain/money.hpp"
#include "domain/record/value.hpp"
#include "domain/search_query.hpp"
#include "domain/text.hpp"
#include "domain/time.hpp"
#include "projections/list_columns.hpp"
#include "projections/table.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace throughline {

namespace {

constexpr std::size_t most_items = 200;
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

std::vector<std::string> split_at_commas(std::string_view text) {
    std::vector<std::string> parts;
    while (true) {
        const auto comma = text.find(',');
        if (const std::string part = trimmed(text.substr(0, comma)); !part.empty())
            parts.push_back(part);
        if (comma == std::string_view::npos) return parts;
        text.remove_prefix(comma + 1);
    }
}

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(value)
                                                                    : std::nullopt;
}

/// Reads one query into a request; every fault is kept, not only the first.
class Reader {
  public:
    explicit Reader(const Kind& kind) : kind_(kind) {}

    Result<ListRequest> read(const QueryParameters& query) {
        for (const auto& [name, value] : query)
            if (!is_valid_utf8(name))
                unknown("", "The name of a parameter is not UTF-8.");
            else if (!is_valid_utf8(value))
                wrong(name, "invalid_format", "The value is not UTF-8.");
            else
                read_parameter(name, value);
        if (!unknown_.empty())
            return Rejection{Refusal::malformed,
                             "The query has a parameter that this list does not know.",
                             std::move(unknown_),
                             {}};
        if (!wrong_.empty()) return invalid(std::move(wrong_));
        return std::move(request_);
    }

  private:
    void unknown(const std::string& where, std::string detail) {
        if (unknown_.size() < max_faults)
            unknown_.push_back({where, "unknown_parameter", std::move(detail), true});
    }
    void wrong(const std::string& where, std::string code, std::string detail) {
        if (wrong_.size() < max_faults)
            wrong_.push_back({where, std::move(code), std::move(detail), true});
    }

    void read_parameter(const std::string& name, const std::string& value) {
        if (name.starts_with("filter["))
            read_filter(name, value);
        else if (name == "sort")
            read_sort(value);
        else if (name == "fields")
            read_fields(value);
        else if (name == "limit")
            read_limit(value);
        else if (name == "cursor")
            request_.cursor = value;
        else if (name == "q")
            request_.words = query_words(value);
        else if (name == "count")
            read_count(value);
        else
            unknown(name, "There is no such parameter.");
    }

    void read_limit(const std::string& value) {
        const auto limit = whole_number(value);
        if (!limit || *limit < 1 || *limit > static_cast<std::int64_t>(most_items))
            return wrong("limit", "invalid_format", "It is a whole number from 1 to 200.");
        request_.limit = static_cast<std::size_t>(*limit);
    }

    void read_count(const std::string& value) {
        if (value != "true" && value != "false")
            return wrong("count", "invalid_choice", "It is true or false.");
        request_.count = value == "true";
    }

    void read_sort(const std::string& value) {
        request_.sort.clear();
        for (const std::string& part : split_at_commas(value)) {
            const bool descending = part.starts_with('-');
            const std::string field = part.substr(descending ? 1 : 0);
            const auto column = list_column(kind_, field);
            if (!column || !column->is_scalar())
                unknown("sort", "One cannot sort by " + field + ".");
            else if (std::ranges::find(request_.sort, field, &SortKey::field) ==
                     request_.sort.end()) // a second time it would decide nothing
                request_.sort.push_back({field, descending});
        }
    }

    void read_fields(const std::string& value) {
        request_.fields = split_at_commas(value);
        for (const std::string& name : request_.fields) {
            const bool is_name_of_reference = std::ranges::any_of(
                kind_.fields, [&](const Field& field) { return field.name_member() == name; });
            const auto column = list_column(kind_, name);
            const bool is_whole = column && column->type != ColumnType::member;
            if (!is_whole && !is_name_of_reference)
                unknown("fields", "There is no field " + name + ".");
        }
    }

    /// filter[field], filter[field][op], filter[metadata.key], filter[metadata.key][op]
    void read_filter(const std::string& parameter, const std::string& value) {
        const std::string_view open = "filter[";
        if (!parameter.ends_with(']'))
            return unknown(parameter, "A filter is written filter[field] or filter[field][op].");
        std::string name = parameter.substr(open.size(), parameter.size() - open.size() - 1);
        Filter filter;
        if (const auto inner = name.rfind("]["); inner != std::string::npos) {
            const auto found =
                std::ranges::find(operators, std::string_view(name).substr(inner + 2),
                                  &std::pair<std::string_view, FilterOp>::first);
            if (found == operators.end()) return unknown(parameter, "There is no such operator.");
            filter.op = found->second;
            name.resize(inner);
        }
        const auto dot = name.find('.');
        const auto column = list_column(kind_, name.substr(0, dot));
        if (!column || (dot != std::string::npos && column->type != ColumnType::object))
            return unknown(parameter, "There is no such field.");
        filter.field = column->name;
        if (dot != std::string::npos) filter.metadata_key = name.substr(dot + 1);
        if (column->type == ColumnType::object && filter.metadata_key.empty() &&
            filter.op != FilterOp::exists)
            return wrong(parameter, "invalid_format",
                         "Name a key: filter[" + column->name + ".key].");
        if (read_values(parameter, *column, value, filter))
            request_.filters.push_back(std::move(filter));
    }

    bool read_values(const std::string& parameter, const ListColumn& column,
                     const std::string& value, Filter& filter) {
        if (filter.op == FilterOp::exists) {
            filter.values = {value};
            if (value != "true" && value != "false")
                wrong(parameter, "invalid_choice", "It is true or false.");
            return value == "true" || value == "false";
        }
        const auto parts = filter.op == FilterOp::in ? split_at_commas(value) : std::vector{value};
        if (parts.empty()) wrong(parameter, "invalid_format", "It needs at least one value.");
        for (const std::string& part : parts)
            if (auto compared = read_value(parameter, column, filter.op, part))
                filter.values.push_back(std::move(*compared));
        return filter.values.size() == parts.size() && !parts.empty();
    }

    /// The form in which a value compares; nothing, and a fault, where the column holds no such.
    std::optional<std::string> read_value(const std::string& parameter, const ListColumn& column,
                                          FilterOp op, const std::string& value) {
        const auto fault = [&](const char* code, std::string detail) {
            wrong(parameter, code, std::move(detail));
            return std::nullopt;
        };
        const FieldType type = column.field == nullptr ? FieldType::text : column.field->type;
        if (type == FieldType::references && op != FilterOp::starts_with) {
            const auto id = parse_uuid(value);
            return id ? std::optional(to_string(*id))
                      : fault("invalid_format", "It is not a UUID.");
        }
        if (op == FilterOp::contains || op == FilterOp::starts_with) {
            std::string part = column.type == ColumnType::time ? value : compared_part(type, value);
            if (type == FieldType::phone && part.empty())
                return fault("invalid_format", "It has no digit.");
            return part;
        }
        if (column.type == ColumnType::uuid) {
            const auto id = parse_uuid(value);
            return id ? std::optional(to_string(*id))
                      : fault("invalid_format", "It is not a UUID.");
        }
        if (column.type == ColumnType::time) {
            const auto time = parse_rfc3339(value);
            return time ? std::optional(pg_time(*time))
                        : fault("invalid_format", "It is not an RFC 3339 time.");
        }
        if (column.type == ColumnType::number) {
            const auto number = read_decimal(value);
            return number ? number : fault("invalid_format", "It is not a decimal number.");
        }
        if (column.type == ColumnType::date)
            return parse_date(value) ? std::optional(value)
                                     : fault("invalid_format", "It is not a date as 2026-03-08.");
        if (column.type == ColumnType::integer) {
            const auto number = whole_number(value);
            return number ? std::optional(std::to_string(*number))
                          : fault("invalid_format", "It is not a whole number.");
        }
        std::string compared = compared_form(type, value);
        if (type == FieldType::phone && compared.empty())
            return fault("invalid_format", "It has no digit.");
        const bool is_choice =
            type == FieldType::choice || type == FieldType::choices || type == FieldType::flag;
        return is_choice ? read_choice(parameter, *column.field, op, compared) : compared;
    }

    /// A choice is taken by its key or its label: in_progress, "In progress".
    std::optional<std::string> read_choice(const std::string& parameter, const Field& field,
                                           FilterOp op, std::string value) {
        const bool needs_a_choice = op == FilterOp::eq || op == FilterOp::ne || op == FilterOp::in;
        if (auto key = choice_key(field, value)) return key;
        if (!needs_a_choice) return value;
        wrong(parameter, "invalid_choice", "It is none of the choices.");
        return std::nullopt;
    }

    const Kind& kind_;
    ListRequest request_;
    std::vector<FieldError> unknown_;
    std::vector<FieldError> wrong_;
};

} // namespace

Result<ListRequest> read_list_request(const Kind& kind, const QueryParameters& query) {
    return Reader(kind).read(query);
}

} // namespace throughline
