#pragma once
#include "bus/database.hpp"
#include "domain/result.hpp"

#include <optional>
#include <string>
#include <vector>

namespace throughline {

/// Which records a bulk request with an Idempotency-Key was about: kept for as long as the key is,
/// because its filter may take other records once it took effect. Thread-safe; every call blocks
/// on the database.
class BulkRequests {
  public:
    explicit BulkRequests(Database& system) : system_(system) {}

    /// The records that are kept under the key, if any. 422 where it stands for another request.
    [[nodiscard]] Result<std::optional<std::vector<Uuid>>>
    find(const Uuid& tenant, const Uuid& command, const std::string& request_hash);
    /// Keeps them, unless there are some already: gives what is kept.
    [[nodiscard]] Result<std::vector<Uuid>> keep(const Uuid& tenant, const Uuid& command,
                                                 const std::string& request_hash,
                                                 const std::vector<Uuid>& ids);
    void sweep();

  private:
    Database& system_;
};

} // namespace throughline
