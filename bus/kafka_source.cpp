#include "bus/kafka_source.hpp"

#include <algorithm>

namespace throughline {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {
constexpr auto patience = 200ms;
} // namespace

KafkaSource::KafkaSource(std::string database_url, LogSignal& signal, KafkaSettings settings)
    : signal_(signal), postgres_(std::move(database_url), signal), settings_(std::move(settings)) {}

KafkaSource::~KafkaSource() {
    heads_.reset(); // before the reader that it wakes
}

std::vector<StoredEvent> KafkaSource::next(std::int64_t after, std::size_t limit,
                                           std::chrono::milliseconds wait) {
    const auto deadline = Clock::now() + wait;
    if (!reader_) {
        auto events = postgres_.read(after, limit);
        if (events.size() < limit) join();
        if (!events.empty()) return events;
    }
    for (;;) {
        auto events = reader_->take(after, limit);
        taken_from_topic_ += static_cast<std::int64_t>(events.size());
        if (events.empty() && signal_.head() > after && !worth_waiting(after))
            events = postgres_.read(after, limit);
        if (!events.empty()) missing_since_.reset();
        const auto now = Clock::now();
        if (!events.empty() || now >= deadline) return events;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now);
        reader_->wait(std::min<std::chrono::milliseconds>(left, missing_since_ ? 20ms : 1s));
    }
}

void KafkaSource::join() {
    reader_ = std::make_unique<KafkaReader>(settings_, postgres_.log_id());
    heads_ = signal_.subscribe([reader = reader_.get()](std::int64_t) { reader->wake(); });
}

bool KafkaSource::worth_waiting(std::int64_t after) {
    if (!reader_->abreast(after)) return false;
    const auto now = Clock::now();
    if (!missing_since_) missing_since_ = now;
    if (now - *missing_since_ < patience) return true;
    reader_->missed();
    return false;
}

} // namespace throughline
