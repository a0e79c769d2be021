#pragma once
#include "api/config.hpp"
#include "api/session/position_waiter.hpp"
#include "bus/background_pace.hpp"
#include "bus/checkpoints.hpp"
#include "bus/commit_feed.hpp"
#include "bus/event_hub.hpp"
#include "bus/head_reader.hpp"
#include "bus/kafka_settings.hpp"
#include "bus/log_signal.hpp"
#include "bus/postgres_event_store.hpp"
#include "bus/relay.hpp"
#include "bus/subscription.hpp"
#include "domain/record/kind.hpp"
#include "projections/projection.hpp"

#include <memory>
#include <string>
#include <vector>

namespace throughline {

[[nodiscard]] KafkaSettings kafka_settings(const Config& config);

/// The log and how facts travel: appends, the relay to Kafka, and subscriptions from Kafka or the
/// log itself, with the read models that they keep.
struct Spine {
    Spine(const Config& config, const Registry& registry, Database& app, Database& system);

    LogSignal signal;  // when the log grew
    CommitFeed own;    // what this process appended of late
    Appender appender; // group commit
    PostgresEventStore store;
    HeadReader heads; // single reads, gathered
    Checkpoints checkpoints;
    CheckpointWaiter positions;         // reads that wait for what was written
    BackgroundPace pace;                // writes go first
    const std::unique_ptr<Relay> relay; // null without Kafka, or where it is not ours to publish
    EventHub hub;                       // recent events, read once for all subscriptions
    const LogSourceFactory recent;      // from the hub
    const std::vector<std::unique_ptr<Projection>> models;
    /// One a read model, where this process keeps them up to date.
    std::vector<std::unique_ptr<Subscription>> subscriptions;

    /// All but the relay.
    void start();
    /// Of the subscriptions, without waiting.
    void begin_stop();
    /// Of the read models, led by this process or by another.
    [[nodiscard]] std::vector<std::string> consumers() const;
};

} // namespace throughline
