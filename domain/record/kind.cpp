#include "domain/record/kind.hpp"

#include <algorithm>

namespace throughline {

const Field* Kind::field(std::string_view field_name) const {
    const auto found = std::ranges::find(fields, field_name, &Field::name);
    return found == fields.end() ? nullptr : &*found;
}

std::vector<std::string> Kind::event_types() const {
    std::vector<std::string> types;
    for (const std::string& event : events) types.push_back(name + "." + event);
    if (!types.empty()) return types;
    types = {name + ".created", name + ".updated"};
    const auto add = [&](const std::string& event) {
        std::string type = name + "." + event;
        if (!event.empty() && std::ranges::find(types, type) == types.end())
            types.push_back(std::move(type));
    };
    for (const Field& field : fields) {
        add(field.changes_as);
        for (const auto& [value, event] : field.facts) add(event);
    }
    types.push_back(name + ".deleted");
    types.push_back(name + ".restored");
    // Accounts, which nobody owns, end with their membership.
    if (std::ranges::any_of(fields, &Field::may_be_personal) ||
        (std::ranges::any_of(fields, &Field::is_personal) &&
         std::ranges::any_of(fields, &Field::names_owner)))
        add("erased");
    if (can_be_merged())
        for (const char* const event : {"merged", "merged_into", "unmerged"}) add(event);
    return types;
}

} // namespace throughline
