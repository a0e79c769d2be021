#pragma once
#include "domain/record/change.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace pqxx {
class transaction_base;
} // namespace pqxx

namespace throughline {

/// Rows of a list table, column by column, written in one statement.
class ListRows {
  public:
    explicit ListRows(const Kind& kind);
    /// For a table with the columns and the key of the kind's list.
    ListRows(const Kind& kind, std::string table);
    ~ListRows();
    ListRows(const ListRows&) = delete;
    ListRows& operator=(const ListRows&) = delete;

    /// `region` is the tenant's, for numbers without a country code.
    void add(const Uuid& tenant, const Uuid& id, const Record& record, std::string_view region);
    /// Inserts, or replaces rows that are not of a later version.
    void write(pqxx::transaction_base& transaction) const;

  private:
    struct Column;
    void add_field(Column& column, const Field& field, const Record& record,
                   std::string_view region);
    const Kind& kind_;
    const std::string table_;
    std::vector<Column> columns_;
    bool empty_ = true;
};

/// Whether the record has a number without a country code.
[[nodiscard]] bool has_national_number(const Kind& kind, const Record& record);

} // namespace throughline
