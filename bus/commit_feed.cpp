#include "bus/commit_feed.hpp"

#include "domain/record/erasure.hpp"

#include <algorithm>

namespace throughline {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

// Between NOTIFY, which everybody hears, and the appender's own knowledge of the same commit: a
// moment where nothing is on its way, else as long as that takes, within the feed's bounds.
constexpr auto own_commit_follows = 2ms;

} // namespace

void CommitFeed::begin() {
    const std::lock_guard lock(mutex_);
    ++begun_;
}

void CommitFeed::end() {
    {
        const std::lock_guard lock(mutex_);
        ended_ = begun_;
    }
    grew_.notify_all();
}

void CommitFeed::add(std::vector<StoredEvent> events) {
    {
        const std::lock_guard lock(mutex_);
        for (StoredEvent& event : events) {
            if (is_erasure(event.type)) { // what came before is the log's to show
                ring_.clear();
                bytes_ = 0;
            }
            bytes_ += event.data.size();
            ring_.push_back(std::move(event));
        }
        while (ring_.size() > bounds_.events || bytes_ > bounds_.bytes) {
            bytes_ -= ring_.front().data.size();
            ring_.pop_front();
        }
    }
    grew_.notify_all();
}

CommitFeed::Ring::const_iterator CommitFeed::find(std::int64_t position) const {
    const auto found = std::ranges::lower_bound(ring_, position, {}, &StoredEvent::position);
    return found != ring_.end() && found->position == position ? found : ring_.end();
}

bool CommitFeed::is_decided(std::int64_t after) const {
    return !ring_.empty() && ring_.back().position > after;
}

std::vector<StoredEvent> CommitFeed::take(std::int64_t after, std::size_t limit,
                                          std::chrono::milliseconds wait) {
    std::unique_lock lock(mutex_);
    const std::uint64_t under_way = begun_;
    grew_.wait_for(lock, wait, [&] { return is_decided(after); });
    grew_.wait_for(lock, bounds_.own_batch_ends,
                   [&] { return is_decided(after) || ended_ >= under_way; });
    std::vector<StoredEvent> events;
    auto next = find(after + 1);
    events.reserve(std::min(limit, static_cast<std::size_t>(ring_.cend() - next)));
    std::size_t bytes = 0;
    for (; next != ring_.cend() && events.size() < limit && bytes < most_source_bytes &&
           next->position == after + 1;
         ++next) {
        bytes += next->data.size();
        events.push_back(*next);
        ++after;
    }
    return events;
}

Appender::Listener feeding(CommitFeed& own, LogSignal& signal) {
    return {.begins = [&own] { own.begin(); },
            .committed =
                [&own, &signal](std::vector<StoredEvent> events) {
                    const std::int64_t last = events.back().position;
                    own.add(std::move(events));
                    signal.advance(last);
                },
            .ends = [&own] { own.end(); }};
}

std::vector<StoredEvent> FedSource::next(std::int64_t after, std::size_t limit,
                                         std::chrono::milliseconds wait) {
    const auto deadline = Clock::now() + wait;
    if (signal_.wait_past(after, wait) <= after) return {};
    if (auto events = own_.take(after, limit, own_commit_follows); !events.empty()) return events;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    return rest_->next(after, limit, std::max<std::chrono::milliseconds>(left, 0ms));
}

} // namespace throughline
