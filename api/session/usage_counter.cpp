#include "api/session/usage_counter.hpp"

#include "bus/ids.hpp"

#include <spdlog/spdlog.h>

namespace throughline {

namespace {

constexpr std::size_t most_kept = 100'000; // counters, while the database is out of reach

std::int64_t hour_of(Time at) {
    return std::chrono::floor<std::chrono::hours>(at).time_since_epoch().count();
}

} // namespace

UsageCounter::UsageCounter(Usage& usage, const Routes& routes, std::chrono::milliseconds interval)
    : usage_(usage), interval_(interval) {
    for (const Route& route : routes) routes_.push_back({route.method, route.path});
    thread_ = std::thread([this] { loop(); });
}

UsageCounter::~UsageCounter() {
    stop_.set();
    thread_.join();
    flush();
}

void UsageCounter::count(const Principal& caller, std::size_t route) {
    const Uuid api_key = caller.actor_type == "api_key" ? caller.actor_id : Uuid{};
    const Key key{caller.tenant_id, caller.user_id, api_key, hour_of(now()), route};
    const std::lock_guard lock(mutex_);
    ++counts_[key];
}

void UsageCounter::flush() {
    Counts counts;
    {
        const std::lock_guard lock(mutex_);
        counts.swap(counts_);
    }
    if (counts.empty()) return;
    std::vector<UsageCount> rows;
    for (const auto& [key, requests] : counts)
        rows.push_back({key.tenant, key.hour, key.user, key.key, routes_.at(key.route).method,
                        routes_.at(key.route).path, requests});
    try {
        usage_.add(rows);
    } catch (const std::exception& fault) {
        spdlog::warn("usage is counted later: {}", fault_text(fault));
        const std::lock_guard lock(mutex_);
        if (counts_.size() > most_kept) return;
        for (const auto& [key, requests] : counts) counts_[key] += requests;
    }
}

void UsageCounter::loop() {
    while (!stop_.wait_for(interval_)) flush();
}

} // namespace throughline
