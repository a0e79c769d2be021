#include "handlers/tenant_kinds.hpp"

#include "domain/identity/tenant.hpp"
#include "domain/record/change.hpp"
#include "domain/record/custom_fields.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace throughline {

namespace {

constexpr std::size_t most_kept = 20'000;
constexpr std::int64_t read_at_once = 200;

Record record_of(const Kind& kind, const StreamHead& head) {
    if (head.version == 0 || head.archived) return {};
    return record_from_state(kind, head.state, head.version, head.archived);
}

std::vector<std::string> keys_of(const JsonArray& pipeline) {
    std::vector<std::string> keys;
    for (const Json& stage : pipeline) keys.push_back(stage.text("key"));
    return keys;
}

/// Whether a pipeline that the tenant once chose had stages that are not the `declared` ones.
bool had_other_stages(EventStore& store, const Uuid& tenant, std::int64_t version,
                      const std::vector<std::string>& declared) {
    const auto is_other = [&](const StoredEvent& event) {
        const JsonObject data = current_data(event);
        const Json* const after = data.find("after");
        const Json* const stages = after == nullptr ? nullptr : after->find("pipeline_stages");
        return stages != nullptr && stages->array() != nullptr &&
               keys_of(*stages->array()) != declared;
    };
    for (std::int64_t last = version; last > 0; last -= read_at_once)
        if (std::ranges::any_of(store.stream(tenant, {"tenant", tenant},
                                             std::max<std::int64_t>(1, last - read_at_once + 1),
                                             last),
                                is_other))
            return true;
    return false;
}

/// The stages of the pipeline in the place of the declared ones. A new deal is in the first that
/// is open, unless the declared one is among them.
void take_stages(Field& stage, const JsonArray& pipeline) {
    const auto declared = std::exchange(stage.choices, keys_of(pipeline));
    stage.labels.clear();
    for (const Json& each : pipeline) stage.labels.push_back(each.text("name"));
    stage.had_choices = stage.choices != declared;
    const auto is_open = [&](const std::string& key) {
        return std::ranges::none_of(stage.facts,
                                    [&](const auto& fact) { return fact.first == key; });
    };
    if (stage.initial.string() != nullptr &&
        std::ranges::find(stage.choices, *stage.initial.string()) != stage.choices.end())
        return;
    const auto first = std::ranges::find_if(stage.choices, is_open);
    stage.initial = first == stage.choices.end() ? Json() : Json(*first);
}

void take_settings(Kind& kind, const JsonObject& tenant) {
    for (Field& field : kind.fields) {
        const Json* const currency = tenant.find("currency");
        if (field.name == "currency" && currency != nullptr && !currency->is_null())
            field.initial = *currency;
        const Json* const stages = tenant.find("pipeline_stages");
        if (field.name == "stage" && stages != nullptr && stages->array() != nullptr)
            take_stages(field, *stages->array());
        const Json* const region = tenant.find("default_region");
        if (field.type == FieldType::phone && region != nullptr && region->string() != nullptr)
            field.region = *region->string();
    }
}

} // namespace

StreamKey custom_fields_stream(const Uuid& tenant, const Kind& kind) {
    return {custom_fields_kind().name, derived_uuid(tenant, "custom fields of " + kind.name)};
}

Kind TenantKinds::load(const Uuid& tenant, const Kind& kind) const {
    const std::array keys{StreamKey{"tenant", tenant}, custom_fields_stream(tenant, kind)};
    const auto heads = store_.heads(tenant, keys);
    Kind own = kind;
    take_settings(own,
                  with_initial_values(tenant_kind(), record_of(tenant_kind(), heads[0]).fields));
    for (Field& field : own.fields)
        if (field.name == "stage" && !field.had_choices && heads[0].version > 1)
            field.had_choices = had_other_stages(store_, tenant, heads[0].version, field.choices);
    const Record custom = record_of(custom_fields_kind(), heads[1]);
    const Json* const definitions = custom.fields.find("fields");
    if (definitions == nullptr || definitions->array() == nullptr) return own;
    own = with_custom_fields(std::move(own), *definitions->array());
    for (Field& field : own.custom) // older definitions may call a kind by another of its names
        if (const Kind* const target = registry_.find(field.target)) field.target = target->name;
    return own;
}

std::shared_ptr<const Kind> TenantKinds::of(const Uuid& tenant, const Kind& kind) {
    if (registry_.find(kind.name) == nullptr) return {std::shared_ptr<const Kind>(), &kind};
    const std::pair key{tenant, kind.name};
    std::uint64_t forgotten = 0;
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = kept_.find(key); found != kept_.end()) return found->second;
        forgotten = forgotten_;
    }
    auto loaded = std::make_shared<const Kind>(load(tenant, *registry_.find(kind.name)));
    const std::lock_guard lock(mutex_);
    if (kept_.size() >= most_kept) kept_.clear();
    if (forgotten == forgotten_) kept_.insert_or_assign(key, loaded);
    return loaded;
}

Registry TenantKinds::registry_of(const Uuid& tenant) {
    std::vector<Kind> kinds;
    for (const Kind& kind : registry_.kinds()) kinds.push_back(*of(tenant, kind));
    return Registry(std::move(kinds));
}

void TenantKinds::see(const StoredEvent& event) {
    if (event.stream.kind == "tenant" || event.stream.kind == custom_fields_kind().name)
        forget(event.tenant);
}

void TenantKinds::forget(const Uuid& tenant) {
    const std::lock_guard lock(mutex_);
    ++forgotten_;
    std::erase_if(kept_, [&](const auto& entry) { return entry.first.first == tenant; });
}

} // namespace throughline
