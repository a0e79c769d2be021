#pragma once
#include "domain/time.hpp"

#include <string>
#include <string_view>

namespace pqxx {
class transaction_base;
} // namespace pqxx

namespace throughline {

/// Makes a read model's table where it is missing, its grants and its two policies with it: the
/// application reads one tenant, the system writes all (docs/decisions/0002). `columns` is what
/// stands between the parentheses; one of them is tenant_id. Runs as owner. False where the table
/// was there.
bool create_read_model(pqxx::transaction_base& owner, const std::string& table,
                       const std::string& columns);

/// Makes a column where it is missing. Altering a table waits for whoever reads it and holds up all
/// others, so it is looked at first. Runs as owner.
void add_missing_column(pqxx::transaction_base& owner, const std::string& table,
                        const std::string& name, const std::string& definition);

/// Makes an index of what is in a column of words or values where it is missing. Its pending list
/// is merged by PendingWords, and by who inserts only where no server does that. Runs as owner.
void create_gin_index(pqxx::transaction_base& owner, const std::string& name,
                      const std::string& table, const std::string& column);

/// What a timestamptz literal cannot say becomes the nearest that it can.
[[nodiscard]] Time storable(Time time);
/// The literal of what is storable.
[[nodiscard]] std::string pg_time(Time time);

} // namespace throughline
