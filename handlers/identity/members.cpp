#include "handlers/identity/members.hpp"

#include "bus/ids.hpp"
#include "domain/identity/user.hpp"
#include "handlers/identity/account_writes.hpp"
#include "handlers/identity/reservations.hpp"

#include <array>
#include <utility>

namespace throughline {

namespace {

constexpr std::size_t page = 500;

const Kind& kind() {
    static const Kind user = user_kind();
    return user;
}

} // namespace

Record member_record(const StreamHead& head) {
    if (head.version == 0) return {};
    Record record = record_from_state(kind(), head.state, head.version, head.archived);
    record.fields = with_initial_values(kind(), std::move(record.fields));
    return record;
}

MemberStanding standing_of(const Uuid& id, const JsonObject& fields) {
    const Json* const active = fields.find("active");
    const bool* const is_active = active == nullptr ? nullptr : active->boolean();
    return {id, *fields.find("role")->string(), is_active == nullptr || *is_active};
}

Result<Written> Members::add(const CommandContext& context, const std::string& actor_role,
                             const NewMember& form) const {
    if (const auto allowed = check_new_role(actor_role, form.role); !allowed)
        return allowed.error();
    const Uuid user = new_id();
    const Json body = JsonObject{{"name", form.name}, {"email", form.email}, {"role", form.role}};
    bool is_kept = !form.password;
    const auto joins = [&](const Record&, const JsonObject&,
                           Time) -> Result<std::vector<StreamWrite>> {
        auto writes = joining_writes(store_, context.tenant, form.email, user);
        if (!writes || std::exchange(is_kept, true)) return writes;
        const auto hash = hasher_.hash(*form.password);
        if (!hash) return hash.error();
        credentials_.keep_password(user, *hash);
        return writes;
    };
    return finish(commands_.create(context, kind(), user, body, joins));
}

Result<Written> Members::change(const CommandContext& context, const std::string& actor_role,
                                const Uuid& member, const Json& patch) const {
    if (const auto checked = check_member_patch(patch); !checked) return checked.error();
    const MemberStanding actor{context.origin.actor_id, actor_role};
    const auto judge = [&, actor](const Record& record, const JsonObject& values,
                                  Time) -> Result<std::vector<StreamWrite>> {
        JsonObject fields = record.fields;
        const MemberStanding before = standing_of(member, fields);
        for (const JsonMember& value : values) fields.set(value.name, value.value);
        const MemberStanding after = standing_of(member, fields);
        if (const auto allowed = check_member_change(actor, before, after); !allowed)
            return allowed.error();
        return owner_who_stays(store_, context.tenant, before, after);
    };
    auto written = finish(commands_.update(context, kind(), member, patch, judge));
    if (!written) return written;
    if (!standing_of(member, written->record.fields).is_active)
        credentials_.revoke_member(member, context.tenant);
    written->record.fields = with_initial_values(kind(), std::move(written->record.fields));
    return written;
}

Result<std::vector<StreamWrite>> owner_who_stays(EventStore& store, const Uuid& tenant,
                                                 const MemberStanding& before,
                                                 const MemberStanding& after) {
    if (!takes_owner_away(before, after)) return std::vector<StreamWrite>{};
    Uuid last;
    for (;;) {
        const auto heads = store.heads_of_kind(tenant, kind().name, last, page);
        for (const StreamHead& head : heads) {
            const MemberStanding other = standing_of(head.stream.id, member_record(head).fields);
            if (other.id != before.id && other.is_acting_owner())
                return std::vector{StreamWrite{
                    tenant, head.stream, head.version, {}, head.state, head.title, head.archived}};
        }
        if (heads.size() < page) return last_owner(before, after);
        last = heads.back().stream.id;
    }
}

} // namespace throughline
