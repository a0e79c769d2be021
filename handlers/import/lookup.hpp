#pragma once
#include "domain/id.hpp"
#include "domain/identity/caller.hpp"
#include "domain/record/kind.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace throughline {

/// What an import asks of the lists. Thread-safe; blocks on the database.
class ImportLookup {
  public:
    virtual ~ImportLookup() = default;
    /// The oldest live record that the caller sees for each value, in their order; nil where there
    /// is none. Values are in their normal form (normal_email).
    [[nodiscard]] virtual std::vector<Uuid>
    find_by_email(const Uuid& tenant, const Caller& caller, const Kind& kind,
                  const std::vector<std::string>& values) = 0;
    /// By metadata.external_id.
    [[nodiscard]] virtual std::vector<Uuid>
    find_by_external_id(const Uuid& tenant, const Caller& caller, const Kind& kind,
                        const std::vector<std::string>& values) = 0;
    /// Waits until the list of the kind shows everything up to `position`; false when the time ran
    /// out before.
    [[nodiscard]] virtual bool wait_until_listed(const Kind& kind, std::int64_t position,
                                                 std::chrono::milliseconds limit) = 0;
};

} // namespace throughline
