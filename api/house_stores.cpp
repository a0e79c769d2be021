#include "api/house_stores.hpp"

#include "api/routes/analytics.hpp"
#include "api/routes/notifications.hpp"
#include "api/routes/queues.hpp"

#include <algorithm>

namespace throughline {

HouseStores::HouseStores(Database& app, Database& system, const KafkaSettings& kafka)
    : topics(kafka.brokers.empty() ? nullptr : std::make_unique<TopicPublisher>(kafka)),
      notifications(app, system), queues(app, system, topics.get(), kafka.retention),
      analytics(app, system, topics.get()) {}

Routes HouseStores::rows(const KeyedWrites& writes) {
    Routes routes = NotificationRoutes{notifications, writes}.rows();
    std::ranges::move(queue_routes(queues, writes), std::back_inserter(routes));
    std::ranges::move(analytics_routes(analytics), std::back_inserter(routes));
    return routes;
}

JsonObject house_components() {
    JsonObject all = notification_components();
    for (const JsonObject& more : {queue_components(), analytics_components()})
        for (const auto& [name, schema] : more) all.append(name, schema);
    return all;
}

} // namespace throughline
