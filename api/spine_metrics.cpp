#include "api/spine_metrics.hpp"

#include "bus/checkpoints.hpp"
#include "bus/dead_letters.hpp"
#include "bus/relay.hpp"

#include <pqxx/pqxx>

namespace throughline {
namespace {

void write_histogram(MetricsText& out, const std::string& name, std::string_view help,
                     const Histogram& histogram) {
    std::vector<double> bounds;
    std::vector<std::uint64_t> counts;
    std::uint64_t within = 0;
    for (const auto& [bound, count] : histogram.buckets) {
        bounds.push_back(bound);
        counts.push_back(count);
        within += count;
    }
    counts.push_back(histogram.count - within);
    out.histogram(name, help, bounds, counts, histogram.sum);
}

void write_head(MetricsText& out, Database& system) {
    std::int64_t head = 0;
    system.read({}, [&](pqxx::transaction_base& tx) {
        head = tx.exec1("select position from log_head")[0].as<std::int64_t>();
    });
    out.gauge("log_head_position", "Position of the last event.", static_cast<double>(head));
}

void write_relay(MetricsText& out, const Lag& lag) {
    out.gauge("relay_lag_events", "Events that are not on the topic yet.",
              static_cast<double>(lag.events));
    out.gauge("relay_lag_seconds", "Age of the oldest event that is not on the topic yet.",
              lag.seconds);
}

void write_consumer(MetricsText& out, const Lag& lag) {
    const MetricLabels labels = {{"projection", lag.name}};
    out.gauge("projection_lag_events", "Events that a subscription has not applied yet.",
              static_cast<double>(lag.events), labels);
    out.gauge("projection_lag_seconds",
              "Age of the oldest event that a subscription has not applied yet.", lag.seconds,
              labels);
}

void write_dead_letters(MetricsText& out, const std::vector<std::string>& consumers,
                        Database& system) {
    auto held = DeadLetters(system).held();
    for (const std::string& consumer : consumers) held[consumer]; // 0 is shown too
    for (const auto& [consumer, events] : held)
        out.gauge("dead_letters",
                  "Events that a subscription could not apply, and those held behind them.",
                  static_cast<double>(events.events), {{"consumer", consumer}});
}

} // namespace

std::function<void(MetricsText&)> spine_metrics(const Appender& appender,
                                                std::vector<std::string> consumers, bool has_relay,
                                                Database& system) {
    return [&appender, consumers = std::move(consumers), has_relay, &system](MetricsText& out) {
        const AppenderStats stats = appender.stats();
        write_histogram(out, "event_append_batch_size", "Commands in one commit.",
                        stats.batch_size);
        write_histogram(out, "event_append_seconds", "Time of one commit.", stats.seconds);
        write_head(out, system);
        Checkpoints checkpoints(system);
        for (const Lag& lag : checkpoints.lags(consumers)) write_consumer(out, lag);
        if (has_relay) write_relay(out, checkpoints.lags({relay_name}).front());
        write_dead_letters(out, consumers, system);
    };
}

} // namespace throughline
