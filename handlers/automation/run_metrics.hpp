#pragma once
#include "domain/id.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace throughline {

/// How the runs ended that this process told the log of, and how long those took that it did.
/// Thread-safe.
class RunMetrics {
  public:
    static constexpr std::array<double, 9> bounds{0.01, 0.05, 0.1, 0.5, 1, 5, 30, 300, 3600};

    struct Durations { // seconds
        std::array<std::uint64_t, bounds.size() + 1> counts{};
        double sum = 0;
    };
    struct Counts {
        std::map<std::pair<Uuid, std::string>, std::uint64_t> runs; // by tenant and status
        std::map<std::pair<Uuid, Uuid>, Durations> durations;       // by tenant and rule
    };

    /// A run ended. Once for each end, whatever ended it: `RunTeller` alone says so.
    void ended(const Uuid& tenant, const std::string& status);
    void took(const Uuid& tenant, const Uuid& rule, double seconds);
    [[nodiscard]] Counts counts() const;

  private:
    mutable std::mutex mutex_;
    Counts counts_;
};

} // namespace throughline
