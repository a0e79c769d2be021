#include "domain/record/kind.hpp"

#include <algorithm>

namespace throughline {

const Kind* Registry::find(std::string_view name) const {
    const auto found = std::ranges::find_if(
        kinds_, [&](const Kind& kind) { return kind.name == name || kind.plural == name; });
    return found == kinds_.end() ? nullptr : &*found;
}

Registry standard_registry() {
    return Registry({
        contact_kind(),
        organization_kind(),
    });
}

} // namespace throughline
