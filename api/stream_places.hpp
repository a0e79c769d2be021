#pragma once
#include "domain/id.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>

namespace throughline {

/// Counts the event streams that are open: each caller's, each tenant's and all of the process.
/// Thread-safe.
class StreamPlaces : public std::enable_shared_from_this<StreamPlaces> {
  public:
    explicit StreamPlaces(std::size_t per_caller = 100, std::size_t per_tenant = 1'000,
                          std::size_t in_all = 10'000)
        : per_caller_(per_caller), per_tenant_(per_tenant), in_all_(in_all) {}

    /// A place, held as long as the result is; nothing where all are taken.
    [[nodiscard]] std::shared_ptr<void> take(const Uuid& tenant, const Uuid& caller);

  private:
    void leave(const Uuid& tenant, const Uuid& caller);

    const std::size_t per_caller_;
    const std::size_t per_tenant_;
    const std::size_t in_all_;
    std::mutex mutex_;
    std::map<Uuid, std::size_t> of_callers_;
    std::map<Uuid, std::size_t> of_tenants_;
    std::size_t all_ = 0;
};

} // namespace throughline
