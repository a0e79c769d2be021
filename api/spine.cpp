#include "api/spine.hpp"

#include "api/read_models.hpp"
#include "bus/hub_source.hpp"
#include "bus/kafka_source.hpp"

namespace throughline {

namespace {

/// What this process appends comes from its own memory, all else from Kafka or the log's table.
LogSourceFactory log_source(const Config& config, LogSignal& signal, CommitFeed& own) {
    return [&config, &signal, &own] {
        std::unique_ptr<LogSource> others;
        if (config.kafka_brokers.empty())
            others = std::make_unique<PostgresSource>(config.database_url, signal);
        else
            others =
                std::make_unique<KafkaSource>(config.database_url, signal, kafka_settings(config));
        return std::make_unique<FedSource>(own, signal, std::move(others));
    };
}

std::unique_ptr<Relay> relay_of(const Config& config, LogSignal& signal, BackgroundPace& pace,
                                CommitFeed& own) {
    if (config.kafka_brokers.empty() || !config.has_role("relay")) return nullptr;
    return std::make_unique<Relay>(config.database_url, kafka_settings(config), signal, &pace,
                                   &own);
}

} // namespace

KafkaSettings kafka_settings(const Config& config) {
    return {config.kafka_brokers, config.kafka_topic, config.kafka_partitions,
            config.kafka_replication, std::chrono::milliseconds(config.kafka_retention_ms)};
}

Spine::Spine(const Config& config, const Registry& registry, Database& app, Database& system)
    : signal(config.database_url), appender(config.database_url, {}, feeding(own, signal)),
      store(app, system, appender), heads(store), checkpoints(system),
      positions(checkpoints, store),
      pace({.appended = [this] { return appender.written(); },
            .commits = [this] { return appender.commits(); },
            .is_waited_for = [this] { return positions.has_waiting(); }},
           std::chrono::seconds(config.yield_seconds)),
      relay(relay_of(config, signal, pace, own)), hub(store, log_source(config, signal, own)),
      recent([this, &config] {
          return std::make_unique<HubSource>(hub, config.database_url, signal);
      }),
      models(read_models(registry)) {
    if (!config.has_role("projections")) return;
    for (const auto& model : models)
        subscriptions.push_back(std::make_unique<Subscription>(config.database_url, recent, *model,
                                                               StartAt::beginning, &pace));
}

void Spine::start() {
    hub.start();
    for (const auto& subscription : subscriptions) subscription->start();
}

void Spine::begin_stop() {
    for (const auto& subscription : subscriptions) subscription->begin_stop();
}

std::vector<std::string> Spine::consumers() const {
    std::vector<std::string> names;
    for (const auto& model : models) names.push_back(model->name());
    return names;
}

} // namespace throughline
