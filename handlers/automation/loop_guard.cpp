#include "handlers/automation/loop_guard.hpp"

namespace throughline {

namespace {

constexpr std::chrono::minutes window{1};
constexpr std::size_t most_counts = 100'000;

} // namespace

int automation_depth(const StoredEvent& event) {
    return static_cast<int>(Json(event.origin.details).integer("depth").value_or(0));
}

std::string LoopGuard::refusal(const Uuid& rule, const StoredEvent& event, const StreamKey* subject,
                               Clock::time_point at) {
    if (automation_depth(event) >= most_depth)
        return "Loop guard: " + std::to_string(most_depth) +
               " runs in a row led to the event, each by an action of the one before.";
    if (subject == nullptr) return {};
    if (counts_.size() >= most_counts) counts_.clear();
    const Key key{rule, subject->id};
    Count& count = counts_[key];
    before_.emplace_back(key, count);
    if (event.recorded_at - count.since > window || at - count.seen > window)
        count = {event.recorded_at, at, 0};
    if (++count.runs <= most_of_a_record) return {};
    return "Loop guard: the rule ran " + std::to_string(most_of_a_record) +
           " times on this record within a minute.";
}

void LoopGuard::take_back() {
    for (auto each = before_.rbegin(); each != before_.rend(); ++each)
        counts_[each->first] = each->second;
    before_.clear();
}

} // namespace throughline
