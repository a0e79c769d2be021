#pragma once
#include "bus/event_store.hpp"
#include "bus/stop_flag.hpp"
#include "bus/subscription.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace throughline {

/// The latest events of all tenants, read once for all subscriptions and event streams of this
/// process: one thread fills a bounded ring from the log source. Thread-safe.
class EventHub {
  public:
    struct Bounds {
        std::size_t events = 32768;
        std::size_t bytes = 32U << 20; // of data
    };

    EventHub(EventStore& store, LogSourceFactory source)
        : EventHub(store, std::move(source), Bounds{}) {}
    EventHub(EventStore& store, LogSourceFactory source, Bounds bounds);
    ~EventHub(); // stops
    EventHub(const EventHub&) = delete;
    EventHub& operator=(const EventHub&) = delete;

    /// Begins at the log's head: whatever is read of the log from then on is not older than what
    /// is shown first. Blocks on the database and throws what it throws.
    void start();
    void stop();

    struct Recent {
        std::vector<std::shared_ptr<const StoredEvent>> events; // ascending
        std::int64_t scanned = 0;                               // last position looked at
    };
    /// Matching events after a position, about `bytes` of them; nothing where the ring no longer
    /// reaches back so far (or not yet): the log has them.
    [[nodiscard]] std::optional<Recent> recent(std::int64_t after, const LogFilter& filter,
                                               std::size_t bytes) const;

    /// Whether it has seen an event after a position, be it in the ring or not.
    [[nodiscard]] bool has_passed(std::int64_t position) const;

    /// The next events of all tenants after a position from the first of interest on, as many as a
    /// source of the log gives; waits for that one, so long at most. `interest` is asked on the
    /// hub's thread too, and wakes nobody in vain. Nothing at all where the ring does not reach
    /// back so far (or not yet).
    [[nodiscard]] std::optional<Stretch> wait_for(const Interest& interest, std::int64_t after,
                                                  std::size_t limit,
                                                  std::chrono::milliseconds wait);

    /// Calls `wake` whenever events of the tenant arrive, on the hub's thread, until the result is
    /// let go: it must be quick and not call back.
    [[nodiscard]] std::shared_ptr<void> watch(const Uuid& tenant, std::function<void()> wake);

    /// Shows each event of all tenants as it arrives, in order, on the hub's thread, until the
    /// result is let go: it must be quick and not call back.
    [[nodiscard]] std::shared_ptr<void> watch_all(std::function<void(const StoredEvent&)> see);

  private:
    struct Watcher {
        Uuid tenant;
        std::function<void()> wake;
    };
    /// Who waits for an event of interest.
    struct Waiting {
        Waiting(const Interest& wanted, std::int64_t after) : interest(wanted), passed(after) {}
        const Interest& interest;
        std::int64_t passed = 0; // nothing of interest up to there
        bool is_over = false;
        std::condition_variable ended;
    };
    void run();
    void follow();
    void add(std::vector<StoredEvent> events);
    void show(const std::vector<StoredEvent>& events);
    void begin_at(std::int64_t position);
    void end_waiting(std::int64_t after);
    [[nodiscard]] std::optional<Stretch> seek(const Interest& interest, std::int64_t after,
                                              std::size_t limit) const;

    EventStore& store_;
    const LogSourceFactory source_;
    const Bounds bounds_;

    mutable std::mutex mutex_;
    std::list<Waiting> waiting_;
    std::deque<std::shared_ptr<const StoredEvent>> ring_; // without holes, up to last_
    std::size_t ring_bytes_ = 0;
    std::optional<std::int64_t> last_; // unset until it was started

    std::mutex watchers_mutex_;
    std::list<Watcher> watchers_;
    std::list<std::function<void(const StoredEvent&)>> seers_;
    StopFlag stop_;
    std::thread thread_;
};

} // namespace throughline
