#pragma once
#include "bus/event_store.hpp"
#include "handlers/automation/compiled_rule.hpp"

#include <map>
#include <mutex>
#include <tuple>

namespace throughline {

/// Rules by version, compiled once. Thread-safe; blocks on the database where one is not kept.
class RuleVersions {
  public:
    explicit RuleVersions(EventStore& store) : store_(store) {}
    /// nullptr where there is no such version.
    [[nodiscard]] RulePtr get(const Uuid& tenant, const Uuid& rule, std::int64_t version);

    /// As far as it is known, whether or not it compiles: perhaps without conditions and actions.
    /// The last version before it where it is not there itself.
    [[nodiscard]] RulePtr described(const Uuid& tenant, const Uuid& rule, std::int64_t version);

  private:
    using Key = std::tuple<Uuid, Uuid, std::int64_t>;
    [[nodiscard]] RulePtr kept(const Key& key);
    [[nodiscard]] Record load(const Key& key) const;

    EventStore& store_;
    std::mutex mutex_;
    std::map<Key, RulePtr> kept_;
};

} // namespace throughline
