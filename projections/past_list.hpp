#pragma once
#include "bus/database.hpp"
#include "domain/identity/caller.hpp"
#include "domain/record/kind.hpp"
#include "projections/sql_parameters.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace pqxx {
class transaction_base;
} // namespace pqxx

namespace throughline {

/// The list of a kind as it stood at a position. For whoever asks for more than a page:
///
///     app.write(tenant, [&](pqxx::transaction_base& transaction) {
///         open_past_list(transaction, tenant, kind, at);
///         transaction.exec_params("select stage, count(*) from " + past_list(kind) +
///                                 " where tenant_id = $1 group by stage", to_string(tenant));
///     });
///
/// Opening folds the records that changed since, from their first event on, into a temporary table
/// of this connection, which the end of the transaction empties: the cost is theirs and not the
/// list's, the memory a few megabytes. The rows of all others are the list's own. `transaction` is
/// one of role app that has asked nothing yet, and sees one state of the database to its end.
void open_past_list(pqxx::transaction_base& transaction, const Uuid& tenant, const Kind& kind,
                    std::int64_t at);

/// What stands behind FROM once it is open: columns and name (`list_deal`) are those of the table.
[[nodiscard]] std::string past_list(const Kind& kind);
/// The same as two, of which each row is in one: the first has the indexes of the list.
[[nodiscard]] std::array<std::string, 2> past_list_parts(const Kind& kind);

/// Has `read` ask what stands behind FROM, `list`: the list as it stood at a position, or as it is.
/// It may be called again where the connection was lost.
void read_list(Database& app, const Uuid& tenant, const Kind& kind, std::optional<std::int64_t> at,
               const std::function<void(pqxx::transaction_base&, const std::string& list)>& read);

/// As `seen_rows`, of the past: a record is seen as it was by those who see it as it is now.
[[nodiscard]] std::string seen_past_rows(const Caller& caller, const Kind& kind,
                                         SqlParameters& parameters);

} // namespace throughline
