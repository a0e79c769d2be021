#pragma once
#include "api/router.hpp"
#include "api/routes/keyed_writes.hpp"
#include "bus/topic_publisher.hpp"
#include "handlers/automation/analytics.hpp"
#include "handlers/automation/queues.hpp"
#include "handlers/notifications.hpp"

#include <memory>

namespace throughline {

/// What rules leave in the house (docs/decisions/0023), and the routes to it.
struct HouseStores {
    /// Without brokers nothing is published.
    HouseStores(Database& app, Database& system, const KafkaSettings& kafka);

    std::unique_ptr<TopicPublisher> topics; // none without Kafka
    Notifications notifications;
    Queues queues;
    Analytics analytics;

    [[nodiscard]] Routes rows(const KeyedWrites& writes);
};

/// JSON Schemas of the components that the rows name.
[[nodiscard]] JsonObject house_components();

} // namespace throughline
