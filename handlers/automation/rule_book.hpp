#pragma once
#include "bus/event.hpp"
#include "handlers/automation/compiled_rule.hpp"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace pqxx {
class transaction_base;
}

namespace throughline {

/// The enabled rules of all tenants as they are at a position of the log, by what they wait for. A
/// value: a copy of it shares the tenants that were not touched since. The table `automation_rules`
/// holds what it is made of.
class RuleBook {
  public:
    using Rules = std::vector<RulePtr>;

    /// From the table; clocks that are missing are set.
    [[nodiscard]] static RuleBook load(pqxx::transaction_base& transaction);

    /// Takes in an event of a rule's stream: the table's row, and the rule as it is from then on.
    /// Why its runs go no further, where it ends them; else an empty text.
    [[nodiscard]] std::string see(pqxx::transaction_base& transaction, const StoredEvent& event);

    [[nodiscard]] bool has_any(const Uuid& tenant) const { return tenants_.contains(tenant); }
    /// Those that wait for events of this name: "deal.won".
    [[nodiscard]] std::span<const RulePtr> waiting(const Uuid& tenant,
                                                   const std::string& name) const;
    /// nullptr where there is none that is enabled.
    [[nodiscard]] RulePtr find(const Uuid& tenant, const Uuid& rule) const;

  private:
    using ByTrigger = std::map<std::string, Rules, std::less<>>;
    void put(const Uuid& tenant, const Uuid& id, const Record& record);
    void take_out(const Uuid& tenant, const Uuid& id);

    std::map<Uuid, std::shared_ptr<const ByTrigger>> tenants_;
};

} // namespace throughline
