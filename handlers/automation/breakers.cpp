#include "handlers/automation/breakers.hpp"

#include "bus/ids.hpp"
#include "domain/automation_run.hpp"

#include <pqxx/pqxx>
#include <spdlog/spdlog.h>

namespace throughline {

namespace {

constexpr std::chrono::minutes window_length{1};
constexpr int failures_to_trip = 20;
constexpr std::chrono::seconds shortest_rest{30};

const Kind& kind() {
    static const Kind breaker = automation_breaker_kind();
    return breaker;
}

} // namespace

void Breakers::note(const Uuid& tenant, bool worked) {
    bool opens = false;
    bool closes = false;
    {
        const std::lock_guard lock(mutex_);
        Window& window = windows_[tenant];
        if (Clock::now() - window.since > window_length) window = {Clock::now(), 0, 0};
        ++(worked ? window.worked : window.failed);
        if (is_resting(tenant)) return;
        const bool is_probing = rests_.contains(tenant);
        closes = worked && is_probing;
        opens = !worked && (is_probing ||
                            (window.failed >= failures_to_trip && window.failed > window.worked));
        if (opens || closes) windows_.erase(tenant);
        if (opens) rests_[tenant] = {Clock::now() + shortest_rest, false};
        if (closes) rests_.erase(tenant);
    }
    try {
        if (opens) open(tenant);
        if (closes) close(tenant);
    } catch (const std::exception& fault) {
        spdlog::error("the breaker of tenant {} cannot be kept: {}", to_string(tenant),
                      fault_text(fault));
    }
}

/// What was under way when the breaker opened says nothing new. A rest that is over without a try
/// of ours was another process's to end. Under the lock.
bool Breakers::is_resting(const Uuid& tenant) {
    const auto rest = rests_.find(tenant);
    if (rest == rests_.end() || rest->second.is_probing) return false;
    if (Clock::now() < rest->second.until) return true;
    rests_.erase(rest);
    return false;
}

void Breakers::probe(const Uuid& tenant) {
    {
        const std::lock_guard lock(mutex_);
        rests_[tenant] = {{}, true};
    }
    std::string until;
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        const auto rows =
            transaction.exec_params("update automation_breakers set closed_until = now() +"
                                    " interval '30 seconds' where tenant_id = $1"
                                    " returning closed_until::text",
                                    to_string(tenant));
        if (!rows.empty()) until = rows[0][0].as<std::string>();
    });
    const std::lock_guard lock(mutex_);
    if (const auto rest = rests_.find(tenant); rest != rests_.end())
        rest->second.probed_until = until;
}

void Breakers::end_probe(const Uuid& tenant) {
    std::string until;
    {
        const std::lock_guard lock(mutex_);
        const auto rest = rests_.find(tenant);
        if (rest == rests_.end() || !rest->second.is_probing) return;
        until = rest->second.probed_until;
        rests_.erase(rest);
    }
    if (until.empty()) return;
    try {
        system_.write({}, [&](pqxx::transaction_base& transaction) {
            // Unless another process has tried since, and has it rest.
            transaction.exec_params0("update automation_breakers set closed_until = now()"
                                     " where tenant_id = $1 and closed_until = $2::timestamptz",
                                     to_string(tenant), until);
        });
    } catch (const std::exception& fault) {
        spdlog::error("the breaker of tenant {} cannot be kept: {}", to_string(tenant),
                      fault_text(fault));
    }
}

void Breakers::open(const Uuid& tenant) {
    bool is_new = false;
    std::chrono::seconds rest{0};
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        const auto row =
            transaction.exec_params1("insert into automation_breakers as b (tenant_id, opened_at,"
                                     " trips, closed_until) values ($1, now(), 1, now() + interval"
                                     " '30 seconds') on conflict (tenant_id) do update set trips ="
                                     " b.trips + 1, closed_until = now() + least(interval '10"
                                     " minutes', interval '30 seconds' * power(2, least(b.trips,"
                                     " 10))) returning trips = 1,"
                                     " extract(epoch from closed_until - now())::int",
                                     to_string(tenant));
        is_new = row[0].as<bool>();
        rest = std::chrono::seconds(row[1].as<int>());
    });
    {
        const std::lock_guard lock(mutex_);
        if (const auto known = rests_.find(tenant); known != rests_.end())
            known->second.until = Clock::now() + rest;
    }
    if (!is_new) return;
    spdlog::warn("automations of tenant {} rest: their actions fail too often", to_string(tenant));
    tell(tenant, "open");
}

void Breakers::close(const Uuid& tenant) {
    bool was_open = false;
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        was_open = transaction
                       .exec_params("delete from automation_breakers where tenant_id = $1",
                                    to_string(tenant))
                       .affected_rows() == 1;
    });
    if (!was_open) return;
    spdlog::info("automations of tenant {} go on", to_string(tenant));
    tell(tenant, "closed");
}

void Breakers::tell(const Uuid& tenant, const char* status) {
    CommandContext context;
    context.tenant = tenant;
    context.command_id = new_id();
    context.caller = Caller::system();
    context.origin.channel = "automation";
    const JsonObject change{{"status", status}};
    const auto told = finish(commands_.update(context, kind(), tenant, change));
    if (told || told.error().refusal != Refusal::not_found) return;
    context.command_id = new_id();
    if (!finish(commands_.create(context, kind(), tenant, JsonObject{}))) return;
    context.command_id = new_id();
    if (!finish(commands_.update(context, kind(), tenant, change)))
        spdlog::error("the breaker of tenant {} could not be told of", to_string(tenant));
}

} // namespace throughline
