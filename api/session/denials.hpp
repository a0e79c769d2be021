#pragma once
#include "api/metrics.hpp"
#include "domain/identity/roles.hpp"

#include <array>
#include <atomic>
#include <cstdint>

namespace throughline {

struct ImportJob;

/// Denied access: each time one line in the log, without personal data, and one in the metric
/// access_denied_total. Thread-safe.
class Denials {
  public:
    /// `tenant` is the caller's; `route` the pattern of the path that was asked for.
    void record(Permission missing, const Uuid& user, const Uuid& tenant, std::string_view route,
                std::string_view traceparent);
    /// Of a row of an import.
    void record(Permission missing, const ImportJob& job);
    void write(MetricsText& out) const;

  private:
    std::array<std::atomic<std::uint64_t>, 256> by_permission_{}; // by the value of its byte
};

} // namespace throughline
