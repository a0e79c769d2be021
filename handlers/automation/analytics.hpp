#pragma once
#include "bus/database.hpp"
#include "bus/topic_publisher.hpp"
#include "domain/json.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace throughline {

inline const std::string analytics_topic = "throughline.analytics";

/// Something that rules count: no event of the log.
struct AnalyticsEvent {
    Uuid id;
    Uuid tenant;
    std::string event;
    Json properties; // an object
    Uuid rule;
    std::optional<StreamKey> subject; // the record that it is about

    // Of one that was stored:
    std::int64_t number = 0;
    Time created_at{};
};

/// The table of such events, and with Kafka their topic. Thread-safe; blocks.
class Analytics {
  public:
    /// Without Kafka no `topics`.
    Analytics(Database& app, Database& system, TopicPublisher* topics)
        : app_(app), system_(system), topics_(topics) {}

    /// One whose id is known is not stored again, but may be published again, with its id. Throws
    /// where it could not be published.
    void track(const AnalyticsEvent& event);

    struct Page {
        std::optional<std::string> event = {};
        Time from{};
        Time to = std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1}; // exclusive
        std::size_t limit = 50;
        std::optional<std::pair<Time, std::int64_t>> before = {}; // created_at, number
    };
    /// The newest first.
    [[nodiscard]] std::vector<AnalyticsEvent> list(const Uuid& tenant, const Page& page);
    /// Of the same name and time, wherever the page begins; `most` at most.
    [[nodiscard]] std::int64_t count(const Uuid& tenant, const Page& page, std::int64_t most);

  private:
    Database& app_;
    Database& system_;
    TopicPublisher* const topics_;
};

} // namespace throughline
