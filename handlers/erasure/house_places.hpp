#pragma once
#include "bus/database.hpp"
#include "domain/id.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace throughline {

/// What rules left in the house about a person (schemas/sql/0018): notifications, waiting messages
/// of queues, analytics. It is about one of the records, or quotes one of the values. Thread-safe;
/// blocks (role system).
class HousePlaces {
  public:
    explicit HousePlaces(Database& system) : system_(system) {}

    struct Place {
        std::string name; // "notifications", "queues", "analytics"
        std::int64_t count = 0;
    };
    [[nodiscard]] std::array<Place, 4> count(const Uuid& tenant,
                                             const std::vector<std::string>& values,
                                             const std::vector<StreamKey>& records);
    /// Texts of notifications become [erased], properties of analytics are emptied, and waiting
    /// messages are withdrawn.
    std::array<Place, 4> blank(const Uuid& tenant, const std::vector<std::string>& values,
                               const std::vector<StreamKey>& records);

  private:
    Database& system_;
};

/// Rows about an erased record that are older than its erasure and not blank: table and id. At most
/// `most` of each table.
[[nodiscard]] std::vector<std::string> left_behind(pqxx::transaction_base& transaction, int most);

} // namespace throughline
