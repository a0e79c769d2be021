#pragma once
#include "domain/id.hpp"

#include <functional>
#include <memory>
#include <string>

namespace pqxx {
class transaction_base;
class connection_base;
} // namespace pqxx

namespace throughline {

/// The database roles (docs/decisions/0002).
enum class Role {
    owner,  // migrations, rebuild, partitions
    system, // appender, relay, projections, workers: all tenants
    app,    // API reads: one tenant at a time, under RLS
};

/// How a session's queries find rows: as the planner estimates, or wherever possible by an index.
/// That is for tables that fill so fast that their statistics, and with them the plans of prepared
/// statements, are of an empty table for a while.
enum class Planning { estimated, by_index };

/// libpqxx 6 gives connection_base no virtual destructor.
struct CloseConnection {
    void operator()(pqxx::connection_base* connection) const;
};
using Connection = std::unique_ptr<pqxx::connection_base, CloseConnection>;

/// Opens one connection as `role`, never silently reconnected. Statement, lock and
/// idle-in-transaction timeouts are set. Accepts postgresql:// and postgresql+driver:// URLs and
/// libpq key=value strings. Throws std::runtime_error where the server is out of reach.
[[nodiscard]] Connection connect(const std::string& url, Role role,
                                 Planning planning = Planning::estimated);

/// Whether this exception of libpqxx means that the connection is gone.
[[nodiscard]] bool is_connection_loss(const std::exception& fault);
/// What happened, for logs: never with values of ours, which the database's words may quote.
[[nodiscard]] std::string fault_text(const std::exception& fault);

/// A pool of connections of one role. Thread-safe; a call blocks while all are busy (10 s at most,
/// then throws). A broken connection is replaced; an idempotent `read` is tried once more.
class Database {
  public:
    using Work = std::function<void(pqxx::transaction_base&)>;

    Database(std::string url, Role role, std::size_t connections,
             Planning planning = Planning::estimated);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// Runs outside a transaction (each statement sees the latest commit), with RLS set to the
    /// tenant. Role::system ignores the tenant. `work` runs twice where the connection was lost on
    /// the way: it begins by emptying what it fills.
    void read(const Uuid& tenant, const Work& work);
    /// Runs in one transaction that commits when `work` returns and rolls back when it throws.
    /// Never runs twice: where the connection is lost at the commit, this throws and the write may
    /// stand.
    void write(const Uuid& tenant, const Work& work);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace throughline
