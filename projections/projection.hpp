#pragma once
#include "bus/subscription.hpp"

#include <string>
#include <vector>

namespace throughline {

/// A read model: its tables and how events change them. SQL names its tables without a schema, so
/// that `verify` can fold the log into temporary tables of the same names and compare.
class Projection : public Consumer {
  public:
    [[nodiscard]] bool is_replayable() const override { return true; }
    /// The tables it owns.
    [[nodiscard]] virtual std::vector<std::string> tables() const = 0;
    /// Makes the tables with their policies, grants and indexes, or brings them up to the
    /// declaration: a new field is a new column. Runs as owner; safe to repeat.
    virtual void migrate(pqxx::transaction_base& owner) = 0;
};

} // namespace throughline
