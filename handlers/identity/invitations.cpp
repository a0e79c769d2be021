#include "handlers/identity/invitations.hpp"

#include "bus/ids.hpp"
#include "domain/identity/invitation.hpp"
#include "domain/identity/membership.hpp"
#include "domain/identity/user.hpp"
#include "domain/text.hpp"
#include "handlers/identity/account_writes.hpp"
#include "handlers/identity/reservations.hpp"
#include "handlers/references.hpp"

#include <spdlog/spdlog.h>

#include <array>

namespace throughline {

namespace {

constexpr std::chrono::days lifetime{7};
constexpr auto purpose = OneTimeTokens::Purpose::invitation;

const Kind& kind() {
    static const Kind invitation = invitation_kind();
    return invitation;
}
const Kind& member_kind() {
    static const Kind user = user_kind();
    return user;
}

Rejection gone() {
    return {Refusal::gone, "This invitation was accepted or revoked, has expired, or never was."};
}

Rejection wrong_password() {
    return {Refusal::unauthenticated,
            "The invited address has an account, and this is not its password."};
}

StreamHead head_of(EventStore& store, const Uuid& tenant, StreamKey stream) {
    const std::array key{std::move(stream)};
    return store.heads(tenant, key).front();
}

bool is_pending(const JsonObject& invitation) {
    return *invitation.find("status") == Json("pending");
}

/// Who accepts is the actor.
CommandContext context_of(const Uuid& tenant, const Uuid& user, const std::string& traceparent) {
    CommandContext context;
    context.tenant = tenant;
    context.command_id = new_id();
    context.origin = {user, "user", "user", context.command_id, {}, traceparent, "yes", {}};
    context.caller = Caller::system(); // the token is the permission
    return context;
}

} // namespace

Result<Invitations::Invited> Invitations::invite(const CommandContext& context,
                                                 const std::string& actor_role,
                                                 const InvitationForm& form) const {
    if (const auto allowed = check_new_role(actor_role, form.role); !allowed)
        return allowed.error();
    const auto is_new = [&](const Record&, const JsonObject&,
                            Time) -> Result<std::vector<StreamWrite>> {
        const Uuid invited = account_of(with_.store, form.email).user.value_or(Uuid{});
        if (head_of(with_.store, context.tenant, {"user", invited}).version > 0)
            return taken({"email"});
        return std::vector<StreamWrite>{};
    };
    const Time expires = now() + lifetime;
    const Json body =
        JsonObject{{"email", form.email}, {"role", form.role}, {"expires_at", to_rfc3339(expires)}};
    auto written = finish(with_.commands.create(context, kind(), new_id(), body, is_new));
    if (!written) return written.error();
    // One that is told again has a token of its own: the first is not kept.
    const std::string url = with_.links.accept_invitation(
        with_.tokens.issue(purpose, {context.tenant, written->id}, expires));
    if (!written->replayed) mail(context.tenant, form.email, url);
    return Invited{std::move(*written), url};
}

void Invitations::mail(const Uuid& tenant, const std::string& to, const std::string& url) const {
    const std::string name = head_of(with_.store, tenant, {"tenant", tenant}).title;
    try {
        Mail mail{to, "You are invited to " + name,
                  "You are invited to join " + name + ". Accept within seven days:\n\n" + url +
                      "\n\nIf you have an account already, accept with its password.\n"};
        mail.tenant = tenant;
        with_.mailer.send(mail);
    } catch (const std::exception& fault) {
        // Who invites has the link, too.
        spdlog::error("an invitation was not mailed: {}", fault.what());
    }
}

Result<Written> Invitations::revoke(const CommandContext& context, const Uuid& invitation) const {
    auto written = finish(with_.commands.remove(context, kind(), invitation));
    if (written) with_.tokens.forget(purpose, invitation);
    return written;
}

/// Who the address belongs to: by the password of its account, or somebody new with this one.
Result<Invitations::Proven> Invitations::prove(const std::string& email,
                                               const Acceptance& form) const {
    const auto user = account_of(with_.store, email).user;
    if (!user) {
        auto hash = with_.hasher.hash(form.password);
        if (!hash) return hash.error();
        Proven made{new_id(), std::move(*hash)};
        with_.credentials.keep_password(made.user, made.hash);
        return made;
    }
    auto stored = with_.credentials.password_hash(*user);
    const auto matches =
        with_.hasher.matches(stored.value_or(with_.hasher.nobody()), form.password);
    if (!matches) return matches.error();
    if (!*matches || !stored) return wrong_password();
    return Proven{*user, std::move(*stored)};
}

/// The invitation that a token is of, while it may be accepted.
std::optional<Invitations::Pending> Invitations::pending(const std::string& token) const {
    const auto subject = with_.tokens.find(purpose, token, now());
    if (!subject) return std::nullopt;
    const StreamHead head = head_of(with_.store, subject->tenant, {kind().name, subject->id});
    if (head.version == 0 || head.archived) return std::nullopt;
    const JsonObject invitation = record_from_state(kind(), head.state, head.version, false).fields;
    if (!is_pending(invitation)) return std::nullopt;
    return Pending{subject->tenant, subject->id, *invitation.find("email")->string()};
}

std::optional<std::string> Invitations::account_to_prove(const std::string& token) const {
    const auto invitation = pending(token);
    if (!invitation || !account_of(with_.store, invitation->email).user) return std::nullopt;
    return normal_email(invitation->email);
}

Result<SignedIn> Invitations::accept(const Acceptance& form, const std::string& traceparent) const {
    const auto invitation = pending(form.token);
    if (!invitation) return gone();
    const Uuid& tenant = invitation->tenant;
    const std::string& email = invitation->email;
    const auto proven = prove(email, form);
    if (!proven) return proven.error();
    const Uuid& user = proven->user;
    if (head_of(with_.store, tenant, {"user", user}).version > 0)
        return Rejection{Refusal::conflict, "The invited person is a member already."};

    const auto joins = [&](const Record& record, const JsonObject&,
                           Time at) -> Result<std::vector<StreamWrite>> {
        if (!is_pending(record.fields)) return gone();
        auto writes = joining_writes(with_.store, tenant, email, user);
        if (!writes) return writes;
        Record member;
        const JsonObject values{
            {"name", form.name}, {"email", email}, {"role", *record.fields.find("role")}};
        writes->push_back(to_write(tenant, member_kind(), user, member,
                                   decide_create(member_kind(), values, user), at));
        return writes;
    };
    const auto written = finish(with_.commands.update(
        context_of(tenant, user, traceparent), kind(), invitation->id,
        JsonObject{{"status", "accepted"}, {"member_id", to_string(user)}}, joins));
    if (!written) return written.error().refusal == Refusal::not_found ? gone() : written.error();
    with_.tokens.forget(purpose, invitation->id);
    auto session = with_.accounts.enter(user, tenant, proven->hash);
    if (!session) return wrong_password();
    session->position = written->position;
    return std::move(*session);
}

} // namespace throughline
