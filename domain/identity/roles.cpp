#include "domain/identity/roles.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace throughline {

namespace {

constexpr int admin = 100;
constexpr int manager = 75;
constexpr int member = 50;
constexpr int viewer = 10;

constexpr std::array all_roles{
    MemberRole{"owner", 110},     MemberRole{"admin", admin},    MemberRole{"manager", manager},
    MemberRole{"sales", member},  MemberRole{"analyst", member}, MemberRole{"member", member},
    MemberRole{"viewer", viewer},
};

/// Where it does not matter whose the record is.
constexpr Grant whole(Permission permission, std::string_view name, int level,
                      std::string_view summary) {
    return {permission, name, level, level, level, summary};
}

using P = Permission;

// In the order of the permissions.
constexpr std::array matrix{
    whole(P::account, "account", viewer, "One's own account, password and notifications"),
    whole(P::roles_read, "roles.read", viewer, "The roles and what they may"),
    whole(P::records_read, "records.read", viewer,
          "Records, their lists, history and timelines, and search"),
    whole(P::records_read_hidden, "records.read_hidden", manager,
          "Records of others where the tenant's record_visibility is own"),
    whole(P::records_create, "records.create", member, "Create records"),
    Grant{P::records_change, "records.change", member, member, manager, "Change records"},
    Grant{P::records_delete, "records.delete", member, manager, manager,
          "Delete records and bring them back"},
    Grant{P::records_bulk_change, "records.bulk_change", member, member, manager,
          "Change many records at once"},
    whole(P::records_bulk_delete, "records.bulk_delete", manager, "Delete many records at once"),
    whole(P::records_merge, "records.merge", manager, "Merge records and take that back"),
    whole(P::records_import, "records.import", member,
          "Import records; rows that change one need records.change"),
    whole(P::records_export, "records.export", viewer, "Export the records one may read"),
    whole(P::records_erase, "records.erase", admin,
          "Erase a person, or take out all that is known of one"),
    Grant{P::changes_undo, "changes.undo", member, manager, manager,
          "Undo changes: one's own, or anybody's"},
    whole(P::events_read, "events.read", viewer, "Events of what one may read, as pages and live"),
    whole(P::audit_read, "audit.read", admin, "The audit log"),
    whole(P::usage_read, "usage.read", admin,
          "Who used what, and how much, and what rules have tracked"),
    whole(P::users_read, "users.read", viewer, "The members of the tenant"),
    whole(P::users_manage, "users.manage", admin, "Invite, change and deactivate members"),
    whole(P::api_keys_manage, "api_keys.manage", admin, "API keys"),
    whole(P::tenant_read, "tenant.read", viewer, "The tenant and its settings"),
    whole(P::tenant_change, "tenant.change", admin, "Change the tenant's settings"),
    whole(P::automations_read, "automations.read", manager, "Rules and their runs"),
    whole(P::automations_run, "automations.run", manager,
          "Run, test and retry rules, and take what they put into queues"),
    whole(P::automations_change, "automations.change", admin, "Create and change rules"),
};

constexpr std::size_t place_of(Permission permission) {
    return static_cast<std::size_t>(permission) - static_cast<std::size_t>(P::account);
}

constexpr bool is_in_order() {
    for (std::size_t i = 0; i < matrix.size(); ++i)
        if (place_of(matrix[i].permission) != i) return false;
    return place_of(P::automations_change) + 1 == matrix.size();
}
static_assert(is_in_order(), "one row for each permission, in their order");

} // namespace

std::span<const MemberRole> member_roles() { return all_roles; }

int level_of(std::string_view role) {
    const auto found = std::ranges::find(all_roles, role, &MemberRole::name);
    return found == all_roles.end() ? 0 : found->level;
}

std::span<const Grant> grants() { return matrix; }

const Grant& grant_of(Permission permission) {
    if (permission < P::account) throw std::logic_error("no row of the matrix");
    return matrix.at(place_of(permission));
}

Permission permission_to_read(std::string_view stream_kind) {
    if (stream_kind == "user") return P::users_read;
    if (stream_kind == "tenant" || stream_kind == "custom_fields") return P::tenant_read;
    if (stream_kind == "import") return P::records_import;
    if (stream_kind == "invitation") return P::users_manage;
    if (stream_kind == "api_key") return P::api_keys_manage;
    if (stream_kind.starts_with("automation") || stream_kind == "openapi_document")
        return P::automations_read;
    return P::audit_read;
}

} // namespace throughline
