#pragma once
#include "domain/id.hpp"
#include "domain/identity/caller.hpp"
#include "domain/record/kind.hpp"

#include <vector>

namespace throughline {

/// What a bulk change asks of the lists. Thread-safe; blocks on the database.
class BulkLookup {
  public:
    virtual ~BulkLookup() = default;
    /// The records that the caller sees and a body's filter takes; `most` and one more at most.
    /// Faults stand under /filter.
    [[nodiscard]] virtual Result<std::vector<Uuid>> find(const Uuid& tenant, const Caller& caller,
                                                         const Kind& kind, const JsonObject& filter,
                                                         std::size_t most) = 0;
};

} // namespace throughline
