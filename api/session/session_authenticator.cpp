#include "api/session/session_authenticator.hpp"

#include "domain/identity/roles.hpp"

namespace throughline {

namespace {

constexpr std::chrono::seconds lifetime{5}; // of what is remembered

/// A key never has more than the member who made it.
std::string role_in_force(const Membership& membership, const Bearer& bearer) {
    if (bearer.sets_role) return bearer.claims.role;
    const std::string& role = membership.member.role;
    return bearer.key && level_of(bearer.key->role) < level_of(role) ? bearer.key->role : role;
}

Principal principal_of(const Membership& membership, const Bearer& bearer) {
    Principal principal;
    principal.user_id = membership.member.id;
    principal.tenant_id = membership.tenant.id;
    principal.actor_id = bearer.key ? bearer.key->id : membership.member.id;
    principal.role = role_in_force(membership, bearer);
    principal.name = membership.member.name;
    principal.others_hidden = membership.tenant.record_visibility == "own";
    principal.is_bound = bearer.is_bound;
    principal.timezone = membership.member.timezone.empty() ? membership.tenant.timezone
                                                            : membership.member.timezone;
    if (bearer.key) {
        principal.actor_type = "api_key";
        principal.scopes = bearer.key->scopes;
    }
    return principal;
}

} // namespace

Result<Principal> SessionAuthenticator::authenticate(const Request& request) {
    const auto bearer = bearers_.of(request);
    if (!bearer) return bearer.error();
    const Claims& said = bearer->claims;
    if (is_over(said))
        return Rejection{Refusal::unauthenticated, "A valid bearer token is needed."};
    const auto own = membership(said.user, said.tenant);
    const std::string wanted(request.header("x-tenant-id"));
    if (wanted.empty() ||
        (own && (wanted == own->tenant.slug || parse_uuid(wanted) == own->tenant.id))) {
        if (!own)
            return Rejection{Refusal::unauthenticated,
                             "The user of this token is no longer a member."};
        return principal_of(*own, *bearer);
    }
    if (!bearer->is_bound)
        if (const auto other = chosen(said, wanted)) return principal_of(*other, *bearer);
    denials_.record(Permission::tenant_read, said.user, said.tenant, request.route,
                    request.traceparent);
    return Rejection{Refusal::forbidden, "X-Tenant-ID names no tenant of yours."};
}

std::optional<Claims> SessionAuthenticator::claims(const Request& request) {
    const auto bearer = bearers_.of(request);
    return bearer ? std::optional(bearer->claims) : std::nullopt;
}

bool SessionAuthenticator::is_over(const Claims& said) {
    const auto at = std::chrono::steady_clock::now();
    std::uint64_t forgotten = 0;
    {
        const std::lock_guard lock(mutex_);
        forgotten = forgotten_;
        if (const Session* known = sessions_.find(said.id); known != nullptr && known->until > at)
            return false;
    }
    if (said.id.is_nil()) return false; // of no sign-in
    if (accounts_.is_session_over(said.id)) return true;
    const std::lock_guard lock(mutex_);
    if (forgotten == forgotten_) sessions_.put(said.id, {said.user, at + lifetime});
    return false;
}

std::optional<Membership> SessionAuthenticator::membership(const Uuid& user, const Uuid& tenant) {
    const UserInTenant key{user, tenant};
    const auto at = std::chrono::steady_clock::now();
    std::uint64_t forgotten = 0;
    {
        const std::lock_guard lock(mutex_);
        forgotten = forgotten_;
        if (const Remembered* known = memberships_.find(key); known != nullptr && known->until > at)
            return known->membership;
    }
    const auto found = accounts_.membership(user, tenant);
    const std::lock_guard lock(mutex_);
    if (found && forgotten == forgotten_) memberships_.put(key, {*found, at + lifetime});
    return found;
}

std::optional<Membership> SessionAuthenticator::chosen(const Claims& claims,
                                                       const std::string& tenant) {
    auto id = parse_uuid(tenant);
    if (!id) id = accounts_.tenant_of_slug(tenant);
    return id ? membership(claims.user, *id) : std::nullopt;
}

void SessionAuthenticator::forget(const Uuid& user, const Uuid& tenant) {
    const std::lock_guard lock(mutex_);
    ++forgotten_;
    memberships_.erase({user, tenant});
    sessions_.erase_if([&](const auto& entry) { return entry.second.user == user; });
}

void SessionAuthenticator::see(const StoredEvent& event) {
    if (event.stream.kind == "user") forget(event.stream.id, event.tenant);
    if (event.stream.kind == "account") forget_user(event.stream.id);
    if (event.stream.kind == "api_key") forget_api_key(event.stream.id);
    if (event.stream.kind == "tenant") forget_tenant(event.tenant);
}

void SessionAuthenticator::forget_user(const Uuid& user) {
    const std::lock_guard lock(mutex_);
    ++forgotten_;
    sessions_.erase_if([&](const auto& entry) { return entry.second.user == user; });
}

void SessionAuthenticator::forget_tenant(const Uuid& tenant) {
    const std::lock_guard lock(mutex_);
    ++forgotten_;
    memberships_.erase_if([&](const auto& entry) { return entry.first.second == tenant; });
}

} // namespace throughline
