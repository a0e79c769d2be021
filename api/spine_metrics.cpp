#include "api/spine_metrics.hpp"

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

void write_read_models(MetricsText& out, pqxx::transaction_base& tx) {
    const auto head = tx.exec1("select position from log_head")[0].as<std::int64_t>();
    out.gauge("log_head_position", "Position of the last event.", static_cast<double>(head));
    for (const auto& row :
         tx.exec("select name, position, coalesce((select extract(epoch from clock_timestamp() - "
                 "recorded_at) from events e where e.position = c.position + 1), 0)::float8 "
                 "from checkpoints c where name <> 'relay'")) {
        const MetricLabels labels = {{"projection", row[0].c_str()}};
        out.gauge("projection_lag_events", "Events that a subscription has not applied yet.",
                  static_cast<double>(std::max<std::int64_t>(0, head - row[1].as<std::int64_t>())),
                  labels);
        out.gauge("projection_lag_seconds",
                  "Age of the oldest event that a subscription has not applied yet.",
                  row[2].as<double>(), labels);
    }
    for (const auto& row : tx.exec("select consumer, count(*) from dead_letters group by consumer"))
        out.gauge("dead_letters",
                  "Events that a subscription could not apply, and those held behind them.",
                  row[1].as<double>(), {{"consumer", row[0].c_str()}});
}

} // namespace

std::function<void(MetricsText&)> spine_metrics(const Appender& appender, const Relay* relay,
                                                Database& system) {
    return [&appender, relay, &system](MetricsText& out) {
        const AppenderStats stats = appender.stats();
        write_histogram(out, "event_append_batch_size", "Commands in one commit.",
                        stats.batch_size);
        write_histogram(out, "event_append_seconds", "Time of one commit.", stats.seconds);
        if (relay != nullptr) {
            const RelayStatus status = relay->status();
            out.gauge("relay_lag_events", "Events that are not on the topic yet.",
                      static_cast<double>(status.lag_events));
            out.gauge("relay_lag_seconds", "Age of the oldest event that is not on the topic yet.",
                      status.lag_seconds);
        }
        system.read({}, [&](pqxx::transaction_base& tx) { write_read_models(out, tx); });
    };
}

} // namespace throughline
