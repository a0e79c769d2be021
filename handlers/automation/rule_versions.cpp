#include "handlers/automation/rule_versions.hpp"

#include "handlers/stream_walk.hpp"

namespace throughline {

namespace {

constexpr std::size_t most_kept = 10'000;

} // namespace

RulePtr RuleVersions::get(const Uuid& tenant, const Uuid& rule, std::int64_t version) {
    const Key key{tenant, rule, version};
    if (RulePtr known = kept(key)) return known;
    const Record record = load(key);
    if (record.version != version || version == 0) return nullptr;
    RulePtr compiled = compile_rule(tenant, rule, record);
    const std::lock_guard lock(mutex_);
    if (kept_.size() >= most_kept) kept_.clear();
    kept_.emplace(key, compiled);
    return compiled;
}

RulePtr RuleVersions::described(const Uuid& tenant, const Uuid& rule, std::int64_t version) {
    const Key key{tenant, rule, version};
    if (RulePtr known = kept(key)) return known;
    return std::make_shared<const CompiledRule>(described_rule(tenant, rule, load(key)));
}

RulePtr RuleVersions::kept(const Key& key) {
    const std::lock_guard lock(mutex_);
    const auto found = kept_.find(key);
    return found == kept_.end() ? nullptr : found->second;
}

Record RuleVersions::load(const Key& key) const {
    const auto& [tenant, rule, version] = key;
    Record record;
    walk_stream(store_, tenant, {"automation", rule}, 0, version, [&](const StoredEvent& event) {
        evolve(record, event.type, current_data(event), event.time);
    });
    return record;
}

} // namespace throughline
