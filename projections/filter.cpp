#include "projections/filter.hpp"

#include "domain/search_query.hpp"
#include "domain/text.hpp"
#include "projections/filter_reader.hpp"
#include "projections/list_columns.hpp"

#include <algorithm>
#include <optional>

namespace throughline {

namespace {

constexpr std::size_t most_items = 200;
constexpr std::size_t most_sort_keys = 8; // each makes the condition of a next page longer

/// Reads one query into a request; every fault is kept, not only the first.
class Reader {
  public:
    explicit Reader(const Kind& kind) : kind_(kind), filters_(kind, FilterReader::Of::query) {}

    Result<ListRequest> read(const QueryParameters& query) {
        for (const auto& [name, value] : query)
            if (!is_valid_utf8(name))
                unknown("", "The name of a parameter is not UTF-8.");
            else if (!is_valid_utf8(value))
                wrong(name, "invalid_format", "The value is not UTF-8.");
            else
                read_parameter(name, value);
        if (auto rejection = filters_.rejection()) return *rejection;
        request_.filters = filters_.take();
        return std::move(request_);
    }

  private:
    void unknown(const std::string& where, std::string detail) {
        filters_.unknown(where, std::move(detail));
    }
    void wrong(const std::string& where, std::string code, std::string detail) {
        filters_.wrong(where, std::move(code), std::move(detail));
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
            read_words(value);
        else if (name == "count")
            read_count(value);
        else
            unknown(name, "There is no such parameter.");
    }

    void read_words(const std::string& value) {
        request_.words = query_words(value);
        request_.finds_nothing = request_.words.empty() && !trimmed(value).empty();
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
        if (request_.sort.size() > most_sort_keys)
            wrong("sort", "too_large", "One sorts by at most 8 fields.");
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
        std::string path = parameter.substr(open.size(), parameter.size() - open.size() - 1);
        std::string op = "eq";
        if (const auto inner = path.rfind("]["); inner != std::string::npos) {
            op = path.substr(inner + 2);
            path.resize(inner);
        }
        filters_.read(parameter, path, op, value);
    }

    const Kind& kind_;
    ListRequest request_;
    FilterReader filters_;
};

} // namespace

Result<ListRequest> read_list_request(const Kind& kind, const QueryParameters& query) {
    return Reader(kind).read(query);
}

Result<std::vector<Filter>> read_filter_body(const Kind& kind, const JsonObject& body,
                                             const std::string& pointer) {
    FilterReader reader(kind, FilterReader::Of::body);
    for (const auto& [path, test] : body) reader.read_member(pointer, path, test);
    if (auto rejection = reader.rejection()) return *rejection;
    return reader.take();
}

} // namespace throughline
