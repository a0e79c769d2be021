#include "handlers/identity/accounts.hpp"

#include "bus/ids.hpp"
#include "domain/identity/streams.hpp"
#include "domain/identity/tenant.hpp"
#include "handlers/identity/account_writes.hpp"
#include "handlers/identity/registration.hpp"
#include "handlers/identity/reservations.hpp"

#include <spdlog/spdlog.h>

#include <array>

namespace throughline {

namespace {

constexpr int slugs_at_once = 50;
constexpr int max_attempts = 5;

Rejection unauthenticated(std::string detail) {
    return {Refusal::unauthenticated, std::move(detail)};
}

Rejection wrong_password() {
    return unauthenticated("The email address or the password is wrong.");
}

Rejection not_current() {
    return invalid({{"/current_password", "invalid_format", "It is not the current password."}});
}

/// The person themselves.
Origin origin_of(const Uuid& user, const std::string& traceparent) {
    return {user, "user", "user", {}, {}, traceparent, "yes", {}};
}

std::optional<Membership> membership_of(const StreamHead& tenant, const StreamHead& user) {
    if (tenant.version == 0 || tenant.archived || user.version == 0 || user.archived)
        return std::nullopt;
    const Json t = parse_json(tenant.state);
    const Json u = parse_json(user.state);
    if (const Json* const active = u.find("active"); active != nullptr && *active == Json(false))
        return std::nullopt;
    return Membership{{tenant.stream.id, t.text("slug"), t.text("name"), t.text("timezone", "UTC"),
                       t.text("record_visibility", "tenant")},
                      {user.stream.id, user.version, u.text("name"), u.text("email"),
                       u.text("role"), u.text("timezone"), u.text("locale")}};
}

} // namespace

Result<SignedIn> Accounts::register_tenant(const Registration& registration,
                                           const std::string& traceparent) {
    std::vector<std::string> clashes;
    if (user_of_email(registration.email)) clashes.emplace_back("email");
    if (registration.tenant_slug && tenant_of_slug(*registration.tenant_slug))
        clashes.emplace_back("tenant_slug");
    if (!clashes.empty()) return taken(clashes);

    const Founding ids{new_id(), new_id(), new_id(), now(), traceparent};
    const auto hash = hasher_.hash(registration.password);
    if (!hash) return hash.error();
    credentials_.keep_password(ids.user, *hash);
    for (int attempt = 0; attempt < max_attempts; ++attempt) {
        const auto slug = registration.tenant_slug
                              ? free_slug({*registration.tenant_slug})
                              : free_slug_like(slug_from(registration.tenant_name));
        if (!slug) return taken({"tenant_slug"});
        const Outcome outcome = store_.append(founding_command(registration, *slug, ids)).get();
        if (const auto* done = std::get_if<Committed>(&outcome)) {
            auto session = enter(ids.user, ids.tenant, *hash);
            if (!session) return wrong_password();
            session->position = done->last_position;
            return std::move(*session);
        }
        if (const auto* away = std::get_if<Unavailable>(&outcome))
            return Rejection{Refusal::unavailable, away->cause};
        if (const auto* refused = std::get_if<Refused>(&outcome))
            return Rejection{Refusal::too_large, refused->cause};
        // Somebody else was faster; a made slug is made again.
        if (std::get<Conflict>(outcome).stream.kind == "login") return taken({"email"});
    }
    return Rejection{Refusal::unavailable, "No free slug was found; try again."};
}

Result<SignedIn> Accounts::sign_in(const SignIn& form) {
    const Uuid user = user_of_email(form.email).value_or(Uuid{});
    const auto stored = credentials_.password_hash(user);
    const auto matches = hasher_.matches(stored.value_or(hasher_.nobody()), form.password);
    if (!matches) return matches.error();
    auto tenants = stored && *matches ? memberships(user) : std::vector<Membership>{};
    if (tenants.empty()) return wrong_password();
    auto session = begin_session(std::move(tenants.front()), *stored);
    if (!session) return wrong_password();
    return std::move(*session);
}

Result<SignedIn> Accounts::refresh(const std::string& refresh_token) {
    const Time at = now();
    const Uuid access_id = new_id();
    auto rotation = credentials_.rotate(refresh_token, access_id, at, at + refresh_lifetime_);
    if (!rotation) return unauthenticated("The refresh token is not valid.");
    auto as = membership(rotation->grant.user, rotation->grant.tenant);
    if (!as) {
        credentials_.revoke_family(rotation->token);
        return unauthenticated("The refresh token is not valid.");
    }
    return SignedIn{std::move(*as), access_id, std::move(rotation->token)};
}

Result<void> Accounts::change_password(const Uuid& user, const PasswordChange& form,
                                       const Uuid& access_id, const std::string& traceparent) {
    const auto stored = credentials_.password_hash(user);
    if (!stored) return not_current();
    const auto matches = hasher_.matches(*stored, form.current_password);
    if (!matches) return matches.error();
    if (!*matches) return not_current();
    const auto hash = hasher_.hash(form.new_password);
    if (!hash) return hash.error();
    if (!credentials_.replace_password(user, *hash, *stored, access_id)) return not_current();
    tell_of_password(user, "changed", origin_of(user, traceparent));
    return {};
}

void Accounts::reset_password(const Uuid& user, const std::string& hash,
                              const std::string& traceparent) {
    credentials_.replace_password(user, hash);
    tell_of_password(user, "reset", origin_of(user, traceparent));
}

void Accounts::remove_password(const Uuid& user, const std::string& traceparent) {
    if (!credentials_.remove_password(user)) return;
    tell_of_password(user, "removed", {{}, "sync", "sync", {}, {}, traceparent, "yes", {}});
}

void Accounts::tell_of_password(const Uuid& user, const std::string& how, Origin origin) {
    Outcome outcome = Conflict{};
    for (int attempt = 0; attempt < max_attempts && std::holds_alternative<Conflict>(outcome);
         ++attempt) {
        Command command;
        command.id = new_id();
        command.time = now();
        origin.correlation_id = command.id;
        command.origin = origin;
        command.writes = password_writes(store_, user, how, command.time);
        outcome = store_.append(std::move(command)).get();
    }
    if (!std::holds_alternative<Committed>(outcome))
        spdlog::error("the password of user {} was {}, and the log could not be told",
                      to_string(user), how);
}

std::optional<Membership> Accounts::find(const std::string& email) {
    const auto user = user_of_email(email);
    if (!user) return std::nullopt;
    auto all = memberships(*user);
    return all.empty() ? std::nullopt : std::optional(std::move(all.front()));
}

std::optional<Membership> Accounts::membership(const Uuid& user, const Uuid& tenant) {
    const std::array keys{StreamKey{"tenant", tenant}, StreamKey{"user", user}};
    const auto heads = store_.heads(tenant, keys);
    return membership_of(heads[0], heads[1]);
}

std::vector<Membership> Accounts::memberships(const Uuid& user) {
    const std::array key{account_stream(user)};
    const StreamHead account = store_.heads({}, key).front();
    std::vector<Membership> all;
    if (account.version == 0) return all;
    const Json state = parse_json(account.state);
    for (const Json& tenant : *state.find("tenants")->array())
        if (auto as = membership(user, uuid_of(*tenant.string()))) all.push_back(std::move(*as));
    return all;
}

std::optional<Uuid> Accounts::tenant_of_slug(const std::string& slug) {
    const std::array key{slug_stream(slug)};
    const StreamHead head = store_.heads({}, key).front();
    if (!is_reserved(head)) return std::nullopt;
    return uuid_of(parse_json(head.state).text("tenant_id"));
}

std::optional<Uuid> Accounts::user_of_email(const std::string& email) {
    const std::array key{login_stream(email)};
    const StreamHead head = store_.heads({}, key).front();
    if (head.version == 0) return std::nullopt;
    return uuid_of(parse_json(head.state).text("user_id"));
}

/// The first of them that nobody has or has had.
std::optional<std::string> Accounts::free_slug(const std::vector<std::string>& candidates) {
    std::vector<StreamKey> keys;
    for (const std::string& slug : candidates) keys.push_back(slug_stream(slug));
    const auto heads = store_.heads({}, keys);
    for (std::size_t i = 0; i < heads.size(); ++i)
        if (heads[i].version == 0) return candidates[i];
    return std::nullopt;
}

/// `wanted`, or the first of wanted-2, wanted-3, … that nobody has or has had.
std::optional<std::string> Accounts::free_slug_like(const std::string& wanted) {
    for (int first = 1;; first += slugs_at_once) {
        std::vector<std::string> candidates;
        for (int n = first; n < first + slugs_at_once; ++n)
            candidates.push_back(n == 1 ? wanted : wanted + "-" + std::to_string(n));
        if (auto free = free_slug(candidates)) return free;
    }
}

std::optional<SignedIn> Accounts::enter(const Uuid& user, const Uuid& tenant,
                                        const std::string& verified) {
    return begin_session(membership(user, tenant).value(), verified);
}

std::optional<SignedIn> Accounts::begin_session(Membership membership,
                                                const std::string& verified) {
    const RefreshGrant grant{membership.member.id, membership.tenant.id, new_id()};
    auto token = credentials_.begin_family(grant, now() + refresh_lifetime_, verified);
    if (!token) return std::nullopt;
    return SignedIn{std::move(membership), grant.access_id, std::move(*token)};
}

} // namespace throughline
