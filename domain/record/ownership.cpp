#include "domain/record/ownership.hpp"

#include "domain/record/state_members.hpp"
#include "domain/record/value.hpp"

#include <algorithm>

namespace throughline {

namespace {

/// `owners_in` gives who is in a field.
template <class OwnersIn> Bond bond(const Uuid& user, const Kind& kind, OwnersIn owners_in) {
    Bond found = Bond::shared;
    for (const Field* const field : owner_fields(kind)) {
        const std::vector<Uuid> owners = owners_in(*field);
        if (std::ranges::find(owners, user) != owners.end()) return Bond::own;
        if (!owners.empty())
            found = Bond::others;
        else if (found == Bond::shared)
            found = Bond::unowned;
    }
    return found;
}

} // namespace

std::vector<const Field*> owner_fields(const Kind& kind) {
    std::vector<const Field*> found;
    for (const Field& field : kind.fields)
        if (field.names_owner()) found.push_back(&field);
    return found;
}

Bond bond_to(const Uuid& user, const Kind& kind, const JsonObject& fields) {
    return bond(user, kind, [&](const Field& field) {
        const Json* const value = fields.find(field.name);
        return value == nullptr ? std::vector<Uuid>{} : ids_in(*value);
    });
}

Bond bond_to(const Uuid& user, const Kind& kind, std::string_view state) {
    StateMembers members(state);
    return bond(user, kind, [&](const Field& field) {
        std::vector<Uuid> ids;
        each_reference(members.value(field.name), [&](const Uuid& id) { ids.push_back(id); });
        return ids;
    });
}

bool sees(const Caller& caller, const Kind& kind, std::string_view state) {
    return caller.sees_all() || caller.sees(bond_to(caller.user, kind, state));
}

bool sees(const Caller& caller, const Registry& registry, std::string_view kind,
          std::string_view state) {
    const Kind* const record = registry.find(kind);
    return record == nullptr ? caller.may(permission_to_read(kind)) : sees(caller, *record, state);
}

} // namespace throughline
