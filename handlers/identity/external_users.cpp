#include "handlers/identity/external_users.hpp"

#include "bus/ids.hpp"
#include "domain/identity/streams.hpp"
#include "domain/identity/user.hpp"
#include "handlers/identity/account_writes.hpp"
#include "handlers/identity/members.hpp"
#include "handlers/identity/reservations.hpp"
#include "handlers/references.hpp"

#include <array>

namespace throughline {

namespace {

constexpr int max_attempts = 5;

Rejection forbidden(std::string detail) { return {Refusal::forbidden, std::move(detail)}; }

const Kind& kind() {
    static const Kind kind = user_kind();
    return kind;
}

/// One that never is anybody's (RFC 2606).
std::string made_address(const ExternalIdentity& who) {
    return to_string(identity_stream(who.issuer, who.subject).id) + "@external.invalid";
}

/// What the member is shown with.
std::string address_of(const ExternalIdentity& who) {
    return who.email.empty() ? made_address(who) : who.email;
}

/// What their account is found by: an address that is not verified stays free for whose it is.
std::string login_of(const ExternalIdentity& who) {
    return who.is_verified ? address_of(who) : made_address(who);
}

Command command_of(const Uuid& tenant, std::vector<StreamWrite> writes, Time at,
                   const std::string& traceparent) {
    Command command;
    command.id = new_id();
    command.tenant = tenant;
    command.time = at;
    command.origin.actor_type = "sync";
    command.origin.channel = "sync";
    command.origin.correlation_id = command.id;
    command.origin.traceparent = traceparent;
    command.writes = std::move(writes);
    return command;
}

} // namespace

/// What is known of somebody before this call.
struct ExternalUsers::Standing {
    Uuid tenant;
    Uuid user;
    bool is_linked = false;   // the subject is known
    bool has_account = false; // that is to be linked to it
    StreamHead member;        // version 0: none of the tenant yet
};

std::optional<Uuid> ExternalUsers::tenant_of(const ExternalIdentity& who) {
    auto id = parse_uuid(who.tenant);
    if (!id && !who.tenant.empty()) id = accounts_.tenant_of_slug(who.tenant);
    if (!id) return std::nullopt;
    const std::array key{StreamKey{"tenant", *id}};
    const StreamHead head = store_.heads(*id, key).front();
    return head.version > 0 && !head.archived ? id : std::nullopt;
}

Result<ExternalUsers::Standing> ExternalUsers::standing(const ExternalIdentity& who,
                                                        const Uuid& tenant) {
    Standing now_is{tenant, {}, false, false, {}};
    const std::array identity{identity_stream(who.issuer, who.subject)};
    const StreamHead link = store_.heads({}, identity).front();
    now_is.is_linked = is_reserved(link);
    if (now_is.is_linked) {
        now_is.user = uuid_of(parse_json(link.state).text("user_id"));
    } else {
        const auto owner = account_of(store_, address_of(who)).user;
        if (owner && !who.is_verified)
            return forbidden("The identity provider has not verified this token's address.");
        now_is.has_account = owner.has_value();
        now_is.user = owner.value_or(new_id());
    }
    const std::array member{StreamKey{kind().name, now_is.user}};
    now_is.member = store_.heads(tenant, member).front();
    return now_is;
}

/// A tenant's last owner stays one, whatever the provider says.
std::vector<StreamWrite> ExternalUsers::role_writes(const ExternalIdentity& who,
                                                    const Standing& now_is, Time at) {
    const MemberStanding before = standing_of(now_is.user, member_record(now_is.member).fields);
    if (before.role == who.role) return {};
    MemberStanding after = before;
    after.role = who.role;
    auto guarded = owner_who_stays(store_, now_is.tenant, before, after);
    if (!guarded) return {};
    Record record = record_from_state(kind(), now_is.member.state, now_is.member.version, false);
    const auto changed = decide_update(kind(), record, {{"role", who.role}});
    guarded->push_back(to_write(now_is.tenant, kind(), now_is.user, record, *changed, at));
    return std::move(*guarded);
}

/// Empty where all is as it should be.
Result<std::vector<StreamWrite>> ExternalUsers::writes(const ExternalIdentity& who,
                                                       const Standing& now_is, Time at) {
    std::vector<StreamWrite> all;
    if (now_is.member.version == 0) {
        Record record;
        auto joining = joining_writes(store_, now_is.tenant, login_of(who), now_is.user);
        if (!joining) return joining.error();
        all = std::move(*joining);
        const JsonObject values{{"name", who.name}, {"email", address_of(who)}, {"role", who.role}};
        all.push_back(to_write(now_is.tenant, kind(), now_is.user, record,
                               decide_create(kind(), values, now_is.user), at));
    } else {
        all = role_writes(who, now_is, at);
    }
    if (!now_is.is_linked)
        all.push_back(reservation(identity_stream(who.issuer, who.subject), 0, "identity.linked",
                                  {{"user_id", to_string(now_is.user)}}));
    return all;
}

Result<Membership> ExternalUsers::admit(const ExternalIdentity& who,
                                        const std::string& traceparent) {
    const auto tenant = tenant_of(who);
    if (!tenant) return forbidden("The token names no tenant of this server.");
    if (!is_role(who.role)) return forbidden("The token names no role of this server.");
    Rejection failure{Refusal::unavailable, "Too many changes at once; try again."};
    for (int attempt = 0; attempt < max_attempts; ++attempt) {
        const auto now_is = standing(who, *tenant);
        if (!now_is) return now_is.error();
        if (now_is->member.version > 0 && !accounts_.membership(now_is->user, *tenant))
            return forbidden("The user of this token is no longer a member.");
        // Addresses are not verified at registration: whoever chose the password may be another.
        if (now_is->has_account) accounts_.remove_password(now_is->user, traceparent);
        const Time at = now();
        auto needed = writes(who, *now_is, at);
        if (!needed) { // for good, or only since the address got its account after we looked
            failure = needed.error();
            continue;
        }
        Outcome outcome = Committed{};
        if (!needed->empty())
            outcome = store_.append(command_of(*tenant, std::move(*needed), at, traceparent)).get();
        if (std::holds_alternative<Committed>(outcome))
            if (auto membership = accounts_.membership(now_is->user, *tenant)) return *membership;
        if (const auto* away = std::get_if<Unavailable>(&outcome))
            return Rejection{Refusal::unavailable, away->cause};
        if (const auto* refused = std::get_if<Refused>(&outcome))
            return Rejection{Refusal::too_large, refused->cause};
        // Somebody else was faster: as they left it.
    }
    return failure;
}

} // namespace throughline
