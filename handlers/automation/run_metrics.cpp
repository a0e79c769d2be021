#include "handlers/automation/run_metrics.hpp"

#include <algorithm>

namespace throughline {

void RunMetrics::ended(const Uuid& tenant, const std::string& status) {
    const std::lock_guard lock(mutex_);
    ++counts_.runs[{tenant, status}];
}

void RunMetrics::took(const Uuid& tenant, const Uuid& rule, double seconds) {
    const std::lock_guard lock(mutex_);
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
