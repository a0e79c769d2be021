#pragma once
#include "bus/database.hpp"
#include "bus/topic_publisher.hpp"
#include "domain/json.hpp"
#include "domain/result.hpp"
#include "domain/time.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace throughline {

inline constexpr int max_queues = 100; // a tenant

/// "throughline.queue.<tenant id>.<name>"
[[nodiscard]] std::string queue_topic(const Uuid& tenant, std::string_view name);

struct QueuedMessage {
    Uuid id; // of one that is known nothing becomes of a second
    Uuid tenant;
    std::string queue;
    Json payload;
    std::optional<StreamKey> subject; // the record that it is about
};

struct LeasedMessage {
    Uuid id;
    std::string payload; // JSON
    int attempts = 0;    // leases, this one too
    Time enqueued_at{};
    Time lease_until{};
};

/// A message, and the lease under which it was had: what its receipt says, "<id>.<attempts>".
struct Receipt {
    Uuid id;
    std::optional<int> attempts; // unset, for acknowledge alone: whichever lease there is
    auto operator<=>(const Receipt&) const = default;
};
[[nodiscard]] std::string receipt_text(const LeasedMessage& message);
[[nodiscard]] std::optional<Receipt> read_receipt(std::string_view text);

/// Named queues of tenants, pulled by leases; with Kafka each is a topic besides. A queue is there
/// once something was put into it. Messages come in the order in which they were put in, except
/// that one whose lease ends without an acknowledgement comes again. Thread-safe; blocks.
class Queues {
  public:
    /// Without Kafka no `topics`. A message waits no longer than `kept`.
    Queues(Database& app, Database& system, TopicPublisher* topics, std::chrono::milliseconds kept)
        : app_(app), system_(system), topics_(topics), kept_(kept) {}

    /// Refused (invalid) where the name is none, or the tenant has as many queues as it may. Throws
    /// where it could not be published: it is in the table then, and again is published again.
    [[nodiscard]] Result<void> enqueue(const QueuedMessage& message);
    [[nodiscard]] std::vector<LeasedMessage> lease(const Uuid& tenant, const std::string& queue,
                                                   std::int64_t max, std::chrono::seconds time);
    /// Those that are still had under these leases. A receipt without attempts finds none here.
    [[nodiscard]] std::vector<LeasedMessage> leased(const Uuid& tenant, const std::string& queue,
                                                    const std::vector<Receipt>& receipts);
    /// Those that are done with now, or were before: nothing comes of a receipt whose lease is
    /// over.
    [[nodiscard]] std::set<Receipt> acknowledge(const Uuid& tenant, const std::string& queue,
                                                const std::vector<Receipt>& receipts);
    /// Removes messages that waited too long, and forgets those that were done with a week ago.
    void sweep();

  private:
    Database& app_;
    Database& system_;
    TopicPublisher* const topics_;
    const std::chrono::milliseconds kept_;
};

} // namespace throughline
