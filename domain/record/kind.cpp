#include "domain/record/kind.hpp"

#include <algorithm>

namespace throughline {

const Field* Kind::field(std::string_view field_name) const {
    const auto found = std::ranges::find(fields, field_name, &Field::name);
    return found == fields.end() ? nullptr : &*found;
}

std::vector<std::string> Kind::event_types() const {
    std::vector<std::string> types{name + ".created", name + ".updated"};
    for (const Field& field : fields) {
        if (field.changes_as.empty()) continue;
        std::string type = name + "." + field.changes_as;
        if (std::ranges::find(types, type) == types.end()) types.push_back(std::move(type));
    }
    types.push_back(name + ".deleted");
    types.push_back(name + ".restored");
    return types;
}

} // namespace throughline
