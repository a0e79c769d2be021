#pragma once
#include "projections/projection.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace throughline {

struct RebuildProgress {
    std::int64_t position = 0; // folded up to here
    std::int64_t last = 0;     // of what is to be folded, as known now
    std::string doing;         // "folding", "indexing", "catching up"
};

struct Rebuilt {
    std::int64_t position = 0; // where it was switched
    std::chrono::microseconds
        switching{}; // how long readers and the live projection may have waited
};

/// Folds the log once more into new tables of the projection and puts them in the place of those in
/// use, while writes and reads go on (docs/decisions/0008). The new tables stand in a schema of
/// their own, `rebuild_<name>`, until one transaction that holds the live projection's checkpoint
/// brings them up to it and moves them. The projection's dead letters go with the old tables; what
/// an operator passed over is passed over again.
///
/// Blocks, long. Throws std::runtime_error where the projection is being rebuilt already, or names
/// the event that cannot be applied; then all is as it was.
[[nodiscard]] Rebuilt rebuild(const std::string& database_url, Projection& projection,
                              const std::function<void(const RebuildProgress&)>& tell);

} // namespace throughline
