#pragma once
#include "bus/database.hpp"
#include "bus/event.hpp"
#include "domain/record/kind.hpp"

#include <vector>

namespace throughline {

/// Records by what they refer to, whoever may see them. Thread-safe; blocks on the database (role
/// system).
class Referring {
  public:
    explicit Referring(Database& system) : system_(system) {}
    /// Live records of a kind whose field holds that id, in the order of their ids: the first
    /// `limit` behind `after`. From the kind's list.
    [[nodiscard]] std::vector<Uuid> records(const Uuid& tenant, const Kind& kind,
                                            const Field& field, const Uuid& to, const Uuid& after,
                                            std::size_t limit);
    /// The head of the log.
    [[nodiscard]] std::int64_t head();
    /// Events of one correlation behind a position, ascending. From the log.
    [[nodiscard]] std::vector<StoredEvent> correlated(const Uuid& tenant, const Uuid& correlation,
                                                      std::int64_t after, std::size_t limit);

  private:
    Database& system_;
};

} // namespace throughline
