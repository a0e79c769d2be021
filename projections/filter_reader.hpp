#pragma once
#include "domain/json.hpp"
#include "projections/filter.hpp"
#include "projections/list_columns.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace throughline {

/// Reads the filters of one list, from a query or from a body, and keeps every fault: what is not
/// known refuses a query with 400 and a body with 422 (unknown_field), a wrong value both with 422.
class FilterReader {
  public:
    enum class Of { query, body };
    FilterReader(const Kind& kind, Of of) : kind_(kind), of_(of) {}

    /// `where` is the parameter, `path` a field or metadata.key; `in` takes a list with commas.
    void read(const std::string& where, const std::string& path, std::string_view op,
              const std::string& value);
    /// One member of a body's filter: {"status": "new"}, {"value": {"gte": 10, "lt": 20}}.
    void read_member(const std::string& pointer, const std::string& path, const Json& test);

    void unknown(const std::string& where, std::string detail);
    void wrong(const std::string& where, std::string code, std::string detail);
    /// Of all that was read so far.
    [[nodiscard]] std::optional<Rejection> rejection() const;
    [[nodiscard]] std::vector<Filter> take() { return std::move(filters_); }

  private:
    using Values = std::vector<std::string>;

    std::optional<ListColumn> open(const std::string& where, const std::string& path,
                                   std::string_view op, Filter& filter);
    void close(const std::string& where, const ListColumn& column, const Values& values,
               Filter filter);
    Values read_forms(const std::string& where, const ListColumn& column, FilterOp op,
                      const std::string& value);
    void read_test(const std::string& where, const std::string& path, std::string_view op,
                   const Json& value);
    [[nodiscard]] bool is_presence(const std::string& where, const Values& values);
    std::optional<std::string> read_value(const std::string& where, const ListColumn& column,
                                          FilterOp op, const std::string& value);
    std::optional<std::string> read_choice(const std::string& where, const Field& field,
                                           FilterOp op, std::string value);

    const Kind& kind_;
    Of of_;
    std::vector<Filter> filters_;
    std::vector<FieldError> unknown_;
    std::vector<FieldError> wrong_;
};

/// The parts between commas, trimmed; empty ones are passed over.
[[nodiscard]] std::vector<std::string> split_at_commas(std::string_view text);
[[nodiscard]] std::optional<std::int64_t> whole_number(std::string_view text);

} // namespace throughline
