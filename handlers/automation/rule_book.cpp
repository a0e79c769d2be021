#include "handlers/automation/rule_book.hpp"

#include "bus/ids.hpp"
#include "bus/pg_text.hpp"
#include "domain/automation.hpp"
#include "handlers/automation/clocks.hpp"

#include <pqxx/pqxx>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace throughline {

namespace {

const Kind& kind() {
    static const Kind rule = automation_kind();
    return rule;
}

Record stored(pqxx::transaction_base& transaction, const Uuid& id) {
    const auto rows = transaction.exec_params(
        "select state, version, deleted from automation_rules where id = $1", to_string(id));
    if (rows.empty()) return {};
    return record_from_state(kind(), text_of(rows[0][0]), rows[0][1].as<std::int64_t>(),
                             rows[0][2].as<bool>());
}

void store(pqxx::transaction_base& transaction, const StoredEvent& event, const Record& record) {
    transaction.exec_params0(
        "insert into automation_rules (id, tenant_id, version, state, deleted)"
        " values ($1, $2, $3, $4::json, $5) on conflict (id) do update"
        " set version = excluded.version, state = excluded.state, deleted = excluded.deleted",
        to_string(event.stream.id), to_string(event.tenant), record.version,
        state_text(kind(), record), record.deleted);
}

/// Why a rule does nothing; empty where it acts.
std::string rest_of(const Record& rule) {
    if (rule.deleted) return "The rule was deleted.";
    const Json* const enabled = rule.fields.find("enabled");
    return enabled != nullptr && *enabled == Json(true) ? "" : "The rule was disabled.";
}

} // namespace

RuleBook RuleBook::load(pqxx::transaction_base& transaction) {
    RuleBook book;
    for (const pqxx::row& row : transaction.exec(
             "select tenant_id, id, state, version from automation_rules where not deleted"))
        book.put(uuid_of(text_of(row[0])), uuid_of(text_of(row[1])),
                 record_from_state(kind(), text_of(row[2]), row[3].as<std::int64_t>(), false));
    for (const auto& [tenant, rules] : book.tenants_)
        for (const RulePtr& rule : book.waiting(tenant, "cron"))
            set_missing_clock(transaction, *rule, now());
    return book;
}

std::string RuleBook::see(pqxx::transaction_base& transaction, const StoredEvent& event) {
    Record record = stored(transaction, event.stream.id);
    if (record.version >= event.version) return {};
    const bool was_at_rest = !rest_of(record).empty();
    evolve(record, event.type, current_data(event), event.time);
    record.version = event.version;
    store(transaction, event, record);
    take_out(event.tenant, event.stream.id);
    put(event.tenant, event.stream.id, record);
    set_clock(transaction, find(event.tenant, event.stream.id), event);
    return was_at_rest ? "" : rest_of(record);
}

void RuleBook::put(const Uuid& tenant, const Uuid& id, const Record& record) {
    RulePtr rule;
    try {
        rule = compile_rule(tenant, id, record);
    } catch (const std::exception& fault) {
        spdlog::error("rule {} does not compile and rests: {}", to_string(id), fault.what());
        return;
    }
    if (!rule->is_enabled) return;
    auto& shared = tenants_[tenant];
    auto rules =
        shared == nullptr ? std::make_shared<ByTrigger>() : std::make_shared<ByTrigger>(*shared);
    (*rules)[rule->trigger_type()].push_back(rule);
    shared = std::move(rules);
}

void RuleBook::take_out(const Uuid& tenant, const Uuid& id) {
    const auto found = tenants_.find(tenant);
    if (found == tenants_.end()) return;
    auto rules = std::make_shared<ByTrigger>(*found->second);
    for (auto& [name, waiting] : *rules)
        std::erase_if(waiting, [&](const RulePtr& rule) { return rule->id == id; });
    std::erase_if(*rules, [](const auto& entry) { return entry.second.empty(); });
    if (rules->empty())
        tenants_.erase(found);
    else
        found->second = std::move(rules);
}

std::span<const RulePtr> RuleBook::waiting(const Uuid& tenant, const std::string& name) const {
    const auto rules = tenants_.find(tenant);
    if (rules == tenants_.end()) return {};
    const auto waiting = rules->second->find(name);
    if (waiting == rules->second->end()) return {};
    return waiting->second;
}

RulePtr RuleBook::find(const Uuid& tenant, const Uuid& id) const {
    const auto rules = tenants_.find(tenant);
    if (rules == tenants_.end()) return nullptr;
    for (const auto& [name, waiting] : *rules->second)
        for (const RulePtr& rule : waiting)
            if (rule->id == id) return rule;
    return nullptr;
}

} // namespace throughline
