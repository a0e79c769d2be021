#pragma once
#include "bus/event_hub.hpp"
#include "bus/postgres_source.hpp"

namespace throughline {

/// Log order from the process's own ring of recent events, so that many subscriptions cost one
/// reader of the log; straight from the log's table what the ring no longer has.
class HubSource : public LogSource {
  public:
    HubSource(EventHub& hub, std::string database_url, LogSignal& signal)
        : hub_(hub), postgres_(std::move(database_url), signal) {}

    [[nodiscard]] std::vector<StoredEvent> next(std::int64_t after, std::size_t limit,
                                                std::chrono::milliseconds wait) override {
        return next_of([](const StoredEvent&) { return true; }, after, limit, wait).events;
    }
    [[nodiscard]] Stretch next_of(const Interest& interest, std::int64_t after, std::size_t limit,
                                  std::chrono::milliseconds wait) override {
        if (auto stretch = hub_.wait_for(interest, after, limit, wait)) return std::move(*stretch);
        return stretch_of(postgres_.read(after, limit), after, interest);
    }

  private:
    EventHub& hub_;
    PostgresSource postgres_;
};

} // namespace throughline
