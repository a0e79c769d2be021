#pragma once
#include "bus/database.hpp"
#include "domain/id.hpp"
#include "handlers/erasure/person.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace throughline {

/// What rules left in the house about a person (schemas/sql/0017 and 0018): notifications, waiting
/// messages of queues, analytics, what runs did and backtests would do. It is about one of the
/// person's records, or quotes an address of theirs, or is about a record around them and quotes
/// their name. Thread-safe; blocks (role system).
class HousePlaces {
  public:
    explicit HousePlaces(Database& system) : system_(system) {}

    struct Place {
        std::string name; // "notifications", "queues", "analytics", "automation_runs", "backtests"
        std::int64_t count = 0;
    };
    using Places = std::array<Place, 5>;
    [[nodiscard]] Places count(const Uuid& tenant, const Person& person);
    /// Texts of notifications become [erased]; properties of analytics, and what runs and backtests
    /// would do, are emptied; waiting messages are withdrawn. Backtests under way begin again.
    Places blank(const Uuid& tenant, const Person& person);

  private:
    Database& system_;
};

/// Rows about an erased record that are older than its erasure and not blank: table and id. At most
/// `most` of each table.
[[nodiscard]] std::vector<std::string> left_behind(pqxx::transaction_base& transaction, int most);

} // namespace throughline
