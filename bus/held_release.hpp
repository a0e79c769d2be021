#pragma once
#include "bus/dead_letters.hpp"
#include "bus/held_streams.hpp"
#include "bus/subscription.hpp"

#include <chrono>
#include <functional>

namespace throughline {

/// Carries out what operators ask of a consumer's held streams: applies the held events of a stream
/// in log order, each chunk in one transaction that also takes its dead letters away. One that
/// fails again holds the stream anew. For the thread of the consumer's leader.
class HeldRelease {
  public:
    HeldRelease(Consumer& consumer, HeldStreams& held)
        : consumer_(consumer), name_(consumer.name()), held_(held) {}

    /// Looks for orders once a second (every ten while nothing is held) and does them as long as
    /// `goes_on`. `position` is the checkpoint. False where the lead is lost. Throws where the
    /// database fails.
    [[nodiscard]] bool run(pqxx::connection_base& connection, std::int64_t position,
                           const std::function<bool()>& goes_on);

  private:
    enum class End { done, lead_lost, overtaken };
    [[nodiscard]] End pass_over(pqxx::connection_base& connection, std::int64_t position,
                                ReleaseRequest& request);
    [[nodiscard]] End release(pqxx::connection_base& connection, std::int64_t position,
                              const ReleaseRequest& request, const std::function<bool()>& goes_on);
    /// `overtaken`, and nothing is applied, where they are dead letters no more: a rebuild has
    /// them.
    [[nodiscard]] End apply(pqxx::connection_base& connection, std::int64_t position,
                            std::span<const StoredEvent> events);

    Consumer& consumer_;
    const std::string name_;
    HeldStreams& held_;
    std::chrono::steady_clock::time_point looked_{};
};

} // namespace throughline
