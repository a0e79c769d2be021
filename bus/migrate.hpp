#pragma once
#include "bus/database.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace pqxx {
class transaction_base;
} // namespace pqxx

namespace throughline {

/// One file of schemas/sql, as it was when this binary was built.
struct Migration {
    std::string_view name;     // without .sql
    std::string_view checksum; // SHA-256 in hex
    std::string_view sql;
};
/// In the order in which they are applied.
[[nodiscard]] std::span<const Migration> embedded_migrations();

/// Brings a database to the newest schema: applies what is missing, each file in a transaction.
/// Safe to repeat and to run at the same time from several processes. Tells what it does, and what
/// the operator should know, through `say`. Throws where a file applied earlier has changed since.
void migrate(const std::string& url, const std::function<void(std::string_view)>& say);

/// Makes the log's partitions of the next 10 million events and of 20 million more, where they are
/// missing. Appends and reads go on meanwhile. The first position without one.
std::int64_t ensure_partitions_ahead(Database& system);

/// Whether every migration of this binary has been applied.
[[nodiscard]] bool is_migrated(pqxx::transaction_base& transaction);

} // namespace throughline
