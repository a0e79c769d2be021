#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace throughline {

struct LagOptions {
    std::string url;      // of the server
    std::string token;    // an access token
    std::string database; // its URL, of a login that may read all
    std::string brokers;
    std::string topic = "throughline.events";
    int rate = 2000; // creates a second
    int seconds = 10;
};

/// Positions, and when each was seen first: microseconds of the system clock.
class Sightings {
  public:
    void add(std::int64_t position);
    /// The last position that was added. From any thread.
    [[nodiscard]] std::int64_t latest() const { return latest_; }
    [[nodiscard]] const std::vector<std::pair<std::int64_t, std::int64_t>>& all() const {
        return all_;
    }

  private:
    std::vector<std::pair<std::int64_t, std::int64_t>> all_;
    std::atomic<std::int64_t> latest_ = 0;
};

/// Sees events until `stopping`, on a thread of its own.
using Watch = std::function<void(Sightings& seen, const std::atomic<bool>& stopping)>;

/// The least position of the read models' checkpoints, asked for every millisecond: all up to it
/// are seen.
[[nodiscard]] Watch watch_read_models(const LagOptions& options);
/// A consumer of all partitions, from their ends on: each event by itself.
[[nodiscard]] Watch watch_kafka(const LagOptions& options);
/// A client of /api/events/stream, new events only: each event by itself.
[[nodiscard]] Watch watch_stream(const LagOptions& options);

} // namespace throughline
