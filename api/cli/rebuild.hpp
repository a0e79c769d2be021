#pragma once
#include "projections/projection.hpp"

#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

namespace throughline {

/// `throughline rebuild NAME`: a read model by its name, or `all`, two at a time. Prints how far
/// each is, once a second at most. 0, or 1 where one could not be rebuilt; 2 for an unknown name.
[[nodiscard]] int run_rebuild(const std::string& database_url,
                              const std::vector<std::unique_ptr<Projection>>& projections,
                              const std::string& name, std::ostream& out, std::ostream& errors);

} // namespace throughline
