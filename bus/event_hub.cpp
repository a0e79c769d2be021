#include "bus/event_hub.hpp"

#include "bus/database.hpp"
#include "domain/record/erasure.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>

namespace throughline {

namespace {

constexpr std::size_t read_at_once = 1000;
constexpr std::chrono::milliseconds read_wait{250};
constexpr std::chrono::milliseconds pause_after_fault{500};
// After a batch that took all there was: waking all who wait costs more than what they are woken
// for.
constexpr std::chrono::milliseconds gathering{3};

} // namespace

EventHub::EventHub(EventStore& store, LogSourceFactory source, Bounds bounds)
    : store_(store), source_(std::move(source)), bounds_(bounds) {}

EventHub::~EventHub() { stop(); }

void EventHub::start() {
    begin_at(store_.head_position());
    thread_ = std::thread([this] { run(); });
}

void EventHub::stop() {
    {
        const std::lock_guard lock(mutex_);
        stop_.set();
        for (Waiting& waiting : waiting_) waiting.ended.notify_one();
    }
    if (thread_.joinable()) thread_.join();
}

void EventHub::run() {
    std::string told;
    while (!stop_.is_set()) {
        try {
            follow();
        } catch (const std::exception& fault) {
            if (told != fault.what())
                spdlog::warn("the log is out of reach: {}", fault_text(fault));
            told = fault.what();
            stop_.wait_for(pause_after_fault);
        }
    }
}

void EventHub::follow() {
    const auto source = source_();
    while (!stop_.is_set()) {
        auto events = source->next(*last_, read_at_once, read_wait);
        if (events.empty()) continue;
        const bool is_all = events.size() < read_at_once;
        add(std::move(events));
        if (is_all) stop_.wait_for(gathering);
    }
}

void EventHub::begin_at(std::int64_t position) {
    {
        const std::lock_guard lock(mutex_);
        last_ = position;
    }
    // What came before is the log's to show.
    const std::lock_guard lock(watchers_mutex_);
    for (const Watcher& watcher : watchers_) watcher.wake();
}

void EventHub::add(std::vector<StoredEvent> events) {
    show(events);
    const std::int64_t after = events.front().position - 1;
    std::set<Uuid> tenants;
    {
        const std::lock_guard lock(mutex_);
        for (StoredEvent& event : events) {
            tenants.insert(event.tenant);
            last_ = event.position;
            if (is_erasure(event.type)) { // what came before is the log's to show
                ring_.clear();
                ring_bytes_ = 0;
            }
            ring_bytes_ += event.data.size();
            ring_.push_back(std::make_shared<const StoredEvent>(std::move(event)));
        }
        while (ring_.size() > bounds_.events || ring_bytes_ > bounds_.bytes) {
            ring_bytes_ -= ring_.front()->data.size();
            ring_.pop_front();
        }
        end_waiting(after);
    }
    const std::lock_guard lock(watchers_mutex_);
    for (const Watcher& watcher : watchers_)
        if (tenants.contains(watcher.tenant)) watcher.wake();
}

/// Of those whom an event behind `after` concerns, and of all where the ring lost one of these.
void EventHub::end_waiting(std::int64_t after) {
    for (Waiting& waiting : waiting_) {
        if (waiting.is_over) continue;
        // Who read the log itself may stand before the ring's end.
        const auto found = seek(waiting.interest, std::max(after, waiting.passed), 1);
        waiting.is_over = !found || !found->events.empty();
        if (waiting.is_over)
            waiting.ended.notify_one();
        else
            waiting.passed = found->scanned;
    }
}

void EventHub::show(const std::vector<StoredEvent>& events) {
    const std::lock_guard lock(watchers_mutex_);
    for (const auto& see : seers_)
        for (const StoredEvent& event : events) see(event);
}

std::optional<EventHub::Recent> EventHub::recent(std::int64_t after, const LogFilter& filter,
                                                 std::size_t bytes) const {
    const std::lock_guard lock(mutex_);
    if (!last_ || after < *last_ - static_cast<std::int64_t>(ring_.size())) return std::nullopt;
    Recent recent{{}, std::max(after, *last_)};
    const auto missing = static_cast<std::size_t>(std::max<std::int64_t>(*last_ - after, 0));
    for (std::size_t i = ring_.size() - missing; i < ring_.size(); ++i) {
        if (!matches(filter, *ring_[i])) continue;
        recent.events.push_back(ring_[i]);
        if (ring_[i]->data.size() >= bytes) {
            recent.scanned = ring_[i]->position;
            break;
        }
        bytes -= ring_[i]->data.size();
    }
    return recent;
}

bool EventHub::has_passed(std::int64_t position) const {
    const std::lock_guard lock(mutex_);
    return last_ && *last_ > position;
}

std::optional<Stretch> EventHub::wait_for(const Interest& interest, std::int64_t after,
                                          std::size_t limit, std::chrono::milliseconds wait) {
    std::unique_lock lock(mutex_);
    if (const auto found = seek(interest, after, limit); !found || !found->events.empty())
        return found;
    Waiting& waiting = waiting_.emplace_back(interest, std::max(after, *last_));
    waiting.ended.wait_for(lock, wait, [&] { return waiting.is_over || stop_.is_set(); });
    const std::int64_t passed = waiting.passed;
    waiting_.remove_if([&](const Waiting& each) { return &each == &waiting; });
    return seek(interest, passed, limit);
}

std::optional<Stretch> EventHub::seek(const Interest& interest, std::int64_t after,
                                      std::size_t limit) const {
    if (!last_ || after < *last_ - static_cast<std::int64_t>(ring_.size())) return std::nullopt;
    Stretch stretch{{}, std::max(after, *last_)};
    auto next = ring_.size() - static_cast<std::size_t>(stretch.scanned - after);
    while (next < ring_.size() && !interest(*ring_[next])) ++next;
    std::size_t bytes = 0;
    for (; next < ring_.size() && stretch.events.size() < limit && bytes < most_source_bytes;
         ++next) {
        stretch.events.push_back(*ring_[next]);
        bytes += ring_[next]->data.size();
    }
    if (!stretch.events.empty()) stretch.scanned = stretch.events.back().position;
    return stretch;
}

std::shared_ptr<void> EventHub::watch(const Uuid& tenant, std::function<void()> wake) {
    const std::lock_guard lock(watchers_mutex_);
    watchers_.push_back({tenant, std::move(wake)});
    const auto place = std::prev(watchers_.end());
    return {nullptr, [this, place](void*) {
                const std::lock_guard unlock(watchers_mutex_);
                watchers_.erase(place);
            }};
}

std::shared_ptr<void> EventHub::watch_all(std::function<void(const StoredEvent&)> see) {
    const std::lock_guard lock(watchers_mutex_);
    seers_.push_back(std::move(see));
    const auto place = std::prev(seers_.end());
    return {nullptr, [this, place](void*) {
                const std::lock_guard unlock(watchers_mutex_);
                seers_.erase(place);
            }};
}

} // namespace throughline
