#pragma once
#include <span>
#include <string_view>

namespace throughline {

/// What a caller needs to be let through. A route names one; some depend on whose a record is.
enum class Permission : unsigned char {
    undeclared, // nobody has it
    open,       // without a token
    account,
    roles_read,
    records_read,
    records_read_hidden,
    records_create,
    records_change,
    records_delete,
    records_bulk_change,
    records_bulk_delete,
    records_merge,
    records_import,
    records_export,
    records_erase,
    changes_undo,
    events_read,
    audit_read,
    usage_read,
    users_read,
    users_manage,
    api_keys_manage,
    tenant_read,
    tenant_change,
    automations_read,
    automations_run,
    automations_change,
};

/// What a record is to somebody.
enum class Bond : unsigned char {
    own,     // they are its owner or an assignee
    shared,  // its kind knows neither: organizations
    unowned, // it has neither
    others,  // somebody else is
};

/// A role of a member. A check is "at least": a higher level has all that a lower one has.
struct MemberRole {
    std::string_view name;
    int level;
};

/// One row of the matrix: the least level that has a permission, by what the record is to the
/// caller. The three are equal where no record is concerned.
struct Grant {
    Permission permission;
    std::string_view name; // "records.change"
    int own;
    int shared;
    int others; // and nobody's
    std::string_view summary;

    /// The least level that has it for any record at all.
    [[nodiscard]] constexpr int least() const {
        return own < shared ? (own < others ? own : others) : (shared < others ? shared : others);
    }
    [[nodiscard]] constexpr int least(Bond bond) const {
        return bond == Bond::own ? own : bond == Bond::shared ? shared : others;
    }
};

/// From the highest level down.
[[nodiscard]] std::span<const MemberRole> member_roles();
/// 0, which has no permission, where there is no such role.
[[nodiscard]] int level_of(std::string_view role);

/// The matrix: all there is to say about who may do what. Served at /api/roles.
[[nodiscard]] std::span<const Grant> grants();
/// Throws std::logic_error for `undeclared` and `open`, which are no rows.
[[nodiscard]] const Grant& grant_of(Permission permission);

/// What it takes to read the events of a stream that is no record: users, tenants, keys, rules. Of
/// a kind nobody thought of here, as much as the audit log takes.
[[nodiscard]] Permission permission_to_read(std::string_view stream_kind);

} // namespace throughline
