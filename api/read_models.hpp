#pragma once
#include "domain/record/kind.hpp"
#include "projections/projection.hpp"

#include <memory>
#include <vector>

namespace throughline {

/// Every read model of the server: a new one is a line here.
[[nodiscard]] std::vector<std::unique_ptr<Projection>> read_models(const Registry& registry);

} // namespace throughline
