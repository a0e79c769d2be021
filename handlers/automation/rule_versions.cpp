#include "handlers/automation/rule_versions.hpp"

namespace throughline {

namespace {

constexpr std::size_t most_kept = 10'000;

} // namespace

RulePtr RuleVersions::get(const Uuid& tenant, const Uuid& rule, std::int64_t version) {
    const Key key{tenant, rule, version};
    {
        const std::lock_guard lock(mutex_);
        if (const auto kept = kept_.find(key); kept != kept_.end()) return kept->second;
    }
    Record record;
    for (const StoredEvent& event : store_.stream(tenant, {"automation", rule}, 0, version))
        evolve(record, event.type, current_data(event), event.time);
    if (record.version != version || version == 0) return nullptr;
    RulePtr compiled = compile_rule(tenant, rule, record);
    const std::lock_guard lock(mutex_);
    if (kept_.size() >= most_kept) kept_.clear();
    kept_.emplace(key, compiled);
    return compiled;
}

} // namespace throughline
