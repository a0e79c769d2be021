#pragma once
#include "api/router.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace throughline {

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

/// Writes the Prometheus text format 0.0.4. Samples of one family may come in any order.
class MetricsText {
  public:
    void gauge(const std::string& name, std::string_view help, double value,
               const MetricLabels& labels = {});
    void counter(const std::string& name, std::string_view help, double value,
                 const MetricLabels& labels = {});
    /// `counts` has one entry for each bound and one for what is above the last.
    void histogram(const std::string& name, std::string_view help, std::span<const double> bounds,
                   std::span<const std::uint64_t> counts, double sum,
                   const MetricLabels& labels = {});
    [[nodiscard]] std::string text() const;

  private:
    std::string& family(const std::string& name, std::string_view help, std::string_view type);
    std::map<std::string, std::string> families_;
};

/// http_requests_total and http_request_seconds. Thread-safe and without locks.
class HttpMetrics {
  public:
    explicit HttpMetrics(std::size_t routes);
    /// `route` is its place in the table; any other number stands for no route.
    void record(std::size_t route, int status, std::chrono::steady_clock::duration taken);
    void write(MetricsText& out, const Routes& routes) const;

  private:
    static constexpr std::array<double, 12> bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                   0.1,   0.25,   0.5,   1,    2.5,   5};
    struct Row {
        std::array<std::atomic<std::uint64_t>, 500> by_status{}; // from 100
        std::array<std::atomic<std::uint64_t>, bounds.size() + 1> buckets{};
        std::atomic<std::uint64_t> microseconds{0};
    };
    std::vector<std::unique_ptr<Row>> rows_; // the last one: no route
};

/// What /metrics shows: whoever has something to show adds a callback. Thread-safe.
class Metrics {
  public:
    /// Called at each scrape, on a worker: may block, and is not called by two threads at a time.
    /// What it throws costs its own samples alone.
    void on_collect(std::function<void(MetricsText&)> collect);
    [[nodiscard]] std::string scrape();

  private:
    std::mutex mutex_;
    std::vector<std::function<void(MetricsText&)>> collectors_;
};

} // namespace throughline
