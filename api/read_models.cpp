#include "api/read_models.hpp"

#include "domain/other_kinds.hpp"
#include "projections/audit.hpp"
#include "projections/lists.hpp"
#include "projections/search.hpp"
#include "projections/timeline.hpp"

#include <set>

namespace throughline {

namespace {

/// Whether anybody asks for a list of them.
bool is_listed(const Kind& kind) {
    static const std::set<std::string> listed = {"user", "invitation", "view", "automation"};
    return listed.contains(kind.name);
}

} // namespace

std::vector<std::unique_ptr<Projection>> read_models(const Registry& registry) {
    std::vector<std::unique_ptr<Projection>> models;
    for (const Kind& kind : registry.kinds())
        models.push_back(std::make_unique<ListProjection>(kind));
    for (const Kind& kind : kinds_beside_records())
        if (is_listed(kind)) models.push_back(std::make_unique<ListProjection>(kind));
    models.push_back(std::make_unique<AuditProjection>());
    models.push_back(std::make_unique<TimelineProjection>());
    models.push_back(std::make_unique<SearchProjection>(registry));
    return models;
}

} // namespace throughline
