#pragma once
#include "projections/projection.hpp"

#include <memory>
#include <string>
#include <vector>

namespace throughline {

/// Until no read model is before an erasure, or for ten seconds: what is blanked in the log, and
/// not yet where a model is behind, would pass for a fault of the model. Throws libpqxx's
/// exceptions.
void wait_for_erasures(const std::string& database_url,
                       const std::vector<std::unique_ptr<Projection>>& projections);

} // namespace throughline
