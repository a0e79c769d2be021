#include "domain/record/kind.hpp"

#include <algorithm>

namespace throughline {

const Kind* Registry::find(std::string_view name) const {
    const auto found = std::ranges::find_if(kinds_, [&](const Kind& kind) {
        return !name.empty() && (kind.name == name || kind.plural == name || kind.also == name ||
                                 kind.also_plural == name);
    });
    return found == kinds_.end() ? nullptr : &*found;
}

Registry standard_registry() {
    return Registry({
        contact_kind(),
        organization_kind(),
        lead_kind(),
        deal_kind(),
        project_kind(),
        task_kind(),
        activity_kind(),
        message_kind(),
        feedback_kind(),
    });
}

} // namespace throughline
