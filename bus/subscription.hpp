#pragma once
#include "bus/background_pace.hpp"
#include "bus/event.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace pqxx {
class transaction_base;
}

namespace throughline {

/// Which events say something to a reader.
using Interest = std::function<bool(const StoredEvent&)>;

/// A stretch of the log without the events before the first that is of interest.
struct Stretch {
    std::vector<StoredEvent> events; // contiguous
    std::int64_t scanned = 0;        // last position looked at
};
/// What is left of contiguous events behind `after` without those before the first of interest.
[[nodiscard]] Stretch stretch_of(std::vector<StoredEvent> events, std::int64_t after,
                                 const Interest& interest);

inline constexpr std::size_t most_source_bytes = 8U << 20; // of data

/// Where log order comes from: the Postgres log, or Kafka with Postgres to fill what is missing.
/// Used by one thread at a time.
class LogSource {
  public:
    virtual ~LogSource() = default;
    /// The next events after a position: contiguous from `after` + 1, at most `limit`, and none
    /// more once their data has come to `most_source_bytes`. Blocks up to `wait` while there
    /// is none, then answers with nothing. Throws where the log is out of reach or has a hole.
    [[nodiscard]] virtual std::vector<StoredEvent> next(std::int64_t after, std::size_t limit,
                                                        std::chrono::milliseconds wait) = 0;
    /// The same for a reader whom not all events concern. May wait until one of interest comes.
    [[nodiscard]] virtual Stretch next_of(const Interest& interest, std::int64_t after,
                                          std::size_t limit, std::chrono::milliseconds wait) {
        return stretch_of(next(after, limit, wait), after, interest);
    }
};
using LogSourceFactory = std::function<std::unique_ptr<LogSource>()>;

/// What a subscription feeds: a projection, or a handler that acts.
class Consumer {
  public:
    virtual ~Consumer() = default;
    /// Names the checkpoint. Never changed once deployed.
    [[nodiscard]] virtual std::string name() const = 0;
    /// Whether all that `apply` does can be done again from the log. Then a crash may take back the
    /// last batches, checkpoint and rows together, and commits need not wait for the disk.
    [[nodiscard]] virtual bool is_replayable() const { return false; }
    /// Whether an event says anything to it, given what it has applied. It is not fed others that
    /// come first in a batch; batches of others alone move the checkpoint now and then. Asked while
    /// the consumer does nothing, on other threads too.
    [[nodiscard]] virtual bool concerns(const StoredEvent&) const { return true; }
    /// This process leads from here on: before its first batch, in a transaction of its own.
    virtual void begin(pqxx::transaction_base&) {}
    /// Applies a batch in log order inside the transaction that also moves the checkpoint: both
    /// commit or neither. Throws where it cannot; the batch is then retried, and isolated to the
    /// event that fails.
    virtual void apply(pqxx::transaction_base& transaction,
                       std::span<const StoredEvent> events) = 0;
    /// What was applied last is durable, if the consumer ever wants that.
    virtual void committed() {}
};

struct SubscriptionStatus {
    std::string name;
    std::int64_t position = 0;
    bool leading = false;
    std::string fault; // empty while all is well
};

/// Where a subscription begins that has no checkpoint yet. One that acts begins at the head: what
/// happened before it existed is not its business.
enum class StartAt { beginning, head };

/// Feeds one consumer in log order from one checkpoint, on a thread of its own. Of all processes
/// on a database one leads (lease on the name); the others stand by. Checkpoints move by compare
/// and set: a batch of a leader that lost its lead is discarded. A poison event is retried,
/// isolated, dead-lettered, and the later events of its stream are held until an operator releases
/// them (dead_letters.hpp).
class Subscription {
  public:
    Subscription(std::string database_url, LogSourceFactory source, Consumer& consumer,
                 StartAt start = StartAt::beginning, BackgroundPace* pace = nullptr);
    ~Subscription(); // stops

    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;

    /// Where it begins at the head, that is the head of now: blocks on the database, and throws
    /// where that is out of reach.
    void start();
    /// Begins to stop, without waiting: of many, none then waits for another's last batch.
    void begin_stop();
    /// Finishes the batch under way and gives up the lead. Idempotent.
    void stop();
    [[nodiscard]] SubscriptionStatus status() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace throughline
