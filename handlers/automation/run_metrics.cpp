#include "handlers/automation/run_metrics.hpp"

#include <algorithm>

namespace throughline {

void RunMetrics::count(const Uuid& tenant, const std::string& status) {
    const std::lock_guard lock(mutex_);
    ++counts_.runs[{tenant, status}];
}

void RunMetrics::note(const Uuid& tenant, const Uuid& rule, const std::string& status,
                      double seconds) {
    const std::lock_guard lock(mutex_);
    ++counts_.runs[{tenant, status}];
    Durations& durations = counts_.durations[{tenant, rule}];
    const auto bound = std::ranges::lower_bound(bounds, seconds);
    ++durations.counts.at(static_cast<std::size_t>(bound - bounds.begin()));
    durations.sum += seconds;
}

RunMetrics::Counts RunMetrics::counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

} // namespace throughline
