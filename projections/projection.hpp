#pragma once
#include "bus/subscription.hpp"

#include <string>
#include <vector>

namespace throughline {

/// A read model: its tables and how events change them. SQL names its tables without a schema, so
/// that `verify` and `rebuild` can fold the log into tables of the same names elsewhere.
class Projection : public Consumer {
  public:
    [[nodiscard]] bool is_replayable() const override { return true; }
    /// The tables it owns.
    [[nodiscard]] virtual std::vector<std::string> tables() const = 0;
    /// Makes the tables with their keys, policies and grants, or brings them up to the declaration:
    /// a new field is a new column. Runs as owner; safe to repeat.
    virtual void create_tables(pqxx::transaction_base& owner) = 0;
    /// The other indexes, by which the tables are queried. Runs as owner; safe to repeat.
    virtual void create_indexes(pqxx::transaction_base& owner) = 0;
    void migrate(pqxx::transaction_base& owner) {
        create_tables(owner);
        create_indexes(owner);
    }
};

} // namespace throughline
