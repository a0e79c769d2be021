#include "handlers/identity/tenants.hpp"

#include "domain/identity/streams.hpp"
#include "domain/identity/tenant.hpp"
#include "domain/record/change.hpp"
#include "handlers/identity/reservations.hpp"
#include "handlers/time_zones.hpp"

#include <array>
#include <stdexcept>

namespace throughline {

namespace {

const Kind& kind() {
    static const Kind tenant = tenant_kind();
    return tenant;
}

/// The declaration's rules need no database of time zones.
Result<void> check_zone(const Json& patch) {
    const Json* const zone = patch.find("timezone");
    if (zone == nullptr || zone->string() == nullptr || is_time_zone(*zone->string())) return {};
    return refuse_update(
        kind(), patch,
        {{"/timezone", "invalid_format", "No time zone of the tz database has this name."}});
}

/// One that was released is its tenant's still: links and an identity provider may name it.
bool is_others(const StreamHead& slug, const Uuid& tenant) {
    return slug.version > 0 &&
           (!slug.archived || parse_json(slug.state).text("tenant_id") != to_string(tenant));
}

/// Moves the reservation where the slug changes.
Result<std::vector<StreamWrite>> slug_writes(EventStore& store, const Uuid& tenant,
                                             const Record& before, const JsonObject& values) {
    const Json* const after = values.find("slug");
    const std::string& old_slug = *before.fields.find("slug")->string();
    if (after == nullptr || *after->string() == old_slug) return std::vector<StreamWrite>{};
    const std::array keys{slug_stream(*after->string()), slug_stream(old_slug)};
    const auto heads = store.heads({}, keys);
    if (is_others(heads[0], tenant)) return taken({"slug"});
    const JsonObject whose{{"tenant_id", to_string(tenant)}};
    return std::vector{reservation(keys[0], heads[0].version, "slug.reserved", whose),
                       release(keys[1], heads[1].version, "slug.released", whose)};
}

} // namespace

Record Tenants::settings(const Uuid& tenant) const {
    const std::array key{StreamKey{"tenant", tenant}};
    const StreamHead head = store_.heads(tenant, key).front();
    if (head.version == 0) throw std::runtime_error("a tenant has no stream");
    Record record = record_from_state(kind(), head.state, head.version, head.archived);
    record.fields = with_initial_values(kind(), std::move(record.fields));
    return record;
}

HostAllowlist Tenants::http_allowlist(const Uuid& tenant) const {
    HostAllowlist hosts;
    const Record record = settings(tenant);
    for (const Json& host : *record.fields.find("http_allowlist")->array())
        hosts.push_back(*host.string());
    return hosts;
}

Result<Written> Tenants::change(const CommandContext& context, const Json& patch) const {
    if (const auto checked = check_zone(patch); !checked) return checked.error();
    auto written = finish(commands_.update(
        context, kind(), context.tenant, patch,
        [this, tenant = context.tenant](const Record& before, const JsonObject& values, Time) {
            return slug_writes(store_, tenant, before, values);
        }));
    if (written)
        written->record.fields = with_initial_values(kind(), std::move(written->record.fields));
    return written;
}

} // namespace throughline
