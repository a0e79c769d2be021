#pragma once
#include "domain/record/kind.hpp"
#include "projections/projection.hpp"

#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

namespace throughline {

/// `throughline verify`: checks that the log has no hole, that every stream's versions are dense,
/// that head states and read models equal the fold of the log (each read model at its checkpoint),
/// and that each command has one outcome. Reads one snapshot, beside a live server, in bounded
/// memory; changes nothing. Prints what it checked and every fault it found (the first ten of a
/// sort); answers with the exit code: 0 without faults, 1 with.
[[nodiscard]] int run_verify(const std::string& database_url, const Registry& registry,
                             const std::vector<std::unique_ptr<Projection>>& projections,
                             std::ostream& out);

} // namespace throughline
