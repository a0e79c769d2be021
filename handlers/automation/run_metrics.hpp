#pragma once
#include "domain/id.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace throughline {

/// What became of the runs that this process ended, and how long they took. Thread-safe.
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

    /// A run ended outside of its actions: it was cancelled, refused, or met faults alone.
    void count(const Uuid& tenant, const std::string& status);
    void note(const Uuid& tenant, const Uuid& rule, const std::string& status, double seconds);
    [[nodiscard]] Counts counts() const;

  private:
    mutable std::mutex mutex_;
    Counts counts_;
};

} // namespace throughline
