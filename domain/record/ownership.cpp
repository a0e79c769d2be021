#include "domain/record/ownership.hpp"

#include "domain/record/state_members.hpp"

#include <optional>

namespace throughline {

namespace {

/// `owner_in` gives who is in a field, if anybody.
template <class OwnerIn> Bond bond(const Uuid& user, const Kind& kind, OwnerIn owner_in) {
    Bond found = Bond::shared;
    for (const Field* const field : owner_fields(kind)) {
        const std::optional<Uuid> owner = owner_in(*field);
        if (owner == user) return Bond::own;
        if (owner)
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
    return bond(user, kind, [&](const Field& field) -> std::optional<Uuid> {
        const Json* const value = fields.find(field.name);
        if (value == nullptr || value->string() == nullptr) return std::nullopt;
        return parse_uuid(*value->string());
    });
}

Bond bond_to(const Uuid& user, const Kind& kind, std::string_view state) {
    StateMembers members(state);
    return bond(user, kind, [&](const Field& field) { return members.referenced(field); });
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
