#include "projections/list_condition.hpp"

#include "bus/pg_text.hpp"
#include "projections/list_columns.hpp"
#include "projections/ts_query.hpp"

#include <stdexcept>

namespace throughline {

namespace {

std::string comparison(FilterOp op) {
    switch (op) {
    case FilterOp::gt: return " > ";
    case FilterOp::gte: return " >= ";
    case FilterOp::lt: return " < ";
    case FilterOp::lte: return " <= ";
    default: return " = ";
    }
}

std::string array_of(const std::vector<std::string>& values) {
    PgArray array;
    for (const std::string& value : values) array.add(value);
    return array.text();
}

/// True where `one` is for any of the values.
template <class One>
std::string any_of(const Filter& filter, SqlParameters& parameters, const One& one) {
    std::string any;
    for (const std::string& value : filter.values)
        any += (any.empty() ? "(" : " or ") + one(parameters.add(value));
    return any + ")";
}

std::string on_scalar(const ListColumn& column, const Filter& filter, SqlParameters& parameters) {
    const std::string name = column.sql_name();
    if (filter.op == FilterOp::exists)
        return name + (filter.values.front() == "true" ? " is not null" : " is null");
    const auto is_one_of = [&] {
        return name + " = any(" + parameters.add(array_of(filter.values)) +
               "::" + column.sql_type() + "[])";
    };
    switch (filter.op) {
    case FilterOp::in: return is_one_of();
    case FilterOp::ne: return "(" + is_one_of() + ") is not true";
    case FilterOp::contains:
        return any_of(filter, parameters, [&](const std::string& value) {
            return "position(" + value + "::text in " + column.sql_text() + ") > 0";
        });
    case FilterOp::starts_with:
        return any_of(filter, parameters, [&](const std::string& value) {
            return "starts_with(" + column.sql_text() + ", " + value + "::text)";
        });
    default:
        return name + comparison(filter.op) + parameters.add(filter.values.front()) +
               "::" + column.sql_type();
    }
}

/// Tests the members of a list: one that fits is enough, and for `ne` none may be equal.
std::string on_list(const ListColumn& column, const Filter& filter, SqlParameters& parameters) {
    const std::string name = column.sql_name();
    if (filter.op == FilterOp::exists)
        return name + (filter.values.front() == "true" ? " <> '{}'" : " = '{}'");
    const auto shares_one = [&] {
        return name + " && " + parameters.add(array_of(filter.values)) + "::text[]";
    };
    switch (filter.op) {
    case FilterOp::eq:
    case FilterOp::in:
    case FilterOp::contains: return shares_one();
    case FilterOp::ne: return "not " + shares_one();
    case FilterOp::starts_with:
        return "exists (select from unnest(" + name + ") as member where starts_with(member, " +
               parameters.add(filter.values.front()) + "::text))";
    default:
        return "exists (select from unnest(" + name + ") as member where member" +
               comparison(filter.op) + parameters.add(filter.values.front()) + "::text)";
    }
}

/// What a value of a query may stand for in metadata: the text, and the number or boolean it reads
/// as.
JsonArray meanings(const std::string& value) {
    JsonArray all{Json(value)};
    const auto read = read_json(value);
    if (const Json* json = std::get_if<Json>(&read); json && (json->number() || json->boolean()))
        all.push_back(*json);
    return all;
}

/// A key of metadata whose value a filter asks about.
class MetadataCondition {
  public:
    MetadataCondition(const std::string& column, const Filter& filter, SqlParameters& parameters)
        : filter_(filter), parameters_(parameters) {
        const std::string key = parameters.add(filter.metadata_key) + "::text";
        member_ = "(" + column + " -> " + key + ")";
        text_ = "((" + column + " ->> " + key + R"() collate "C"))";
    }

    /// A text compares as text, a number as number, of a list one member is enough.
    [[nodiscard]] std::string text() const {
        switch (filter_.op) {
        case FilterOp::exists:
            return text_ + (filter_.values.front() == "true" ? " is not null" : " is null");
        case FilterOp::eq:
        case FilterOp::in: return is_one_of();
        case FilterOp::ne: return "not " + is_one_of();
        case FilterOp::contains:
            return by_type("array", is_one_of(), "position(" + value() + " in " + text_ + ") > 0");
        case FilterOp::starts_with:
            return by_type("array", "false", "starts_with(" + text_ + ", " + value() + ")");
        default: return compares();
        }
    }

  private:
    [[nodiscard]] std::string value() const {
        return parameters_.add(filter_.values.front()) + "::text";
    }
    [[nodiscard]] std::string is_one_of() const {
        PgArray any;
        for (const std::string& value : filter_.values)
            for (const Json& meaning : meanings(value)) any.add(to_text(meaning));
        return "coalesce(" + member_ + " @> any(" + parameters_.add(any.text()) +
               "::jsonb[]), false)";
    }
    [[nodiscard]] std::string compares() const {
        const std::string written = value();
        const bool is_number = meanings(filter_.values.front()).back().number() != nullptr;
        const std::string of_numbers =
            is_number ? "(" + text_ + ")::numeric" + comparison(filter_.op) + written + "::numeric"
                      : "false";
        return by_type("number", of_numbers,
                       by_type("string", text_ + comparison(filter_.op) + written, "false"));
    }
    [[nodiscard]] std::string by_type(const std::string& type, const std::string& then,
                                      const std::string& otherwise) const {
        return "case jsonb_typeof(" + member_ + ") when '" + type + "' then " + then + " else " +
               otherwise + " end";
    }

    const Filter& filter_;
    SqlParameters& parameters_;
    std::string member_; // jsonb
    std::string text_;
};

std::string on_metadata(const ListColumn& column, const Filter& filter, SqlParameters& parameters) {
    const std::string name = column.sql_name();
    if (filter.metadata_key.empty())
        return name + (filter.values.front() == "true" ? " <> '{}'" : " = '{}'");
    return MetadataCondition(name, filter, parameters).text();
}

} // namespace

std::string filter_condition(const Kind& kind, const Filter& filter, SqlParameters& parameters) {
    const auto column = list_column(kind, filter.field);
    if (!column) throw std::invalid_argument("no column " + filter.field);
    if (column->type == ColumnType::object) return on_metadata(*column, filter, parameters);
    return column->type == ColumnType::list ? on_list(*column, filter, parameters)
                                            : on_scalar(*column, filter, parameters);
}

std::string words_condition(const std::vector<std::string>& words, SqlParameters& parameters) {
    std::string query;
    for (const std::string& word : words) query += (query.empty() ? "" : " & ") + quoted_word(word);
    return "words @@ " + parameters.add(query + ":*") + "::tsquery";
}

} // namespace throughline
