#pragma once
#include "bus/database.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace throughline {

/// An event that a consumer could not apply, and which holds its stream.
struct DeadLetter {
    std::string consumer;
    std::int64_t position = 0;
    std::string type;
    Uuid tenant;
    StreamKey stream;
    std::string cause; // may quote personal data
    Time since;
    std::int64_t held = 0; // later events of the stream
    bool asked = false;    // a request for it is not done yet
};

/// What a consumer does not get.
struct HeldEvents {
    std::int64_t events = 0; // those that failed and those held behind them
    std::string fault;       // for people: names the first
};

enum class ReleaseAction {
    retry, // apply the event and what is held behind it
    skip,  // pass over the event for good, then apply what is held behind it
};

/// What an operator wants done.
struct ReleaseOrder {
    std::string consumer;
    std::optional<std::int64_t> position; // none: every stream of the consumer
    ReleaseAction action = ReleaseAction::retry;
    std::string by;
    std::string reason;
};

/// An order for one stream, as it is kept for good.
struct ReleaseRequest {
    std::int64_t id = 0;
    std::string consumer;
    std::int64_t position = 0;
    Uuid tenant;
    StreamKey stream;
    ReleaseAction action = ReleaseAction::retry;
    std::string by;
    std::string reason;
    std::string cause;
    Time asked_at;
    std::optional<Time> skipped_at;
    std::optional<Time> done_at;
    std::string outcome;
};

/// The operator's side of dead letters. Orders are carried out by the consumer's leader, in
/// whatever process that is, about a second later (held_release.hpp). Thread-safe.
class DeadLetters {
  public:
    explicit DeadLetters(Database& system) : system_(system) {}

    /// One entry a held stream, by consumer and position; an empty name: of all consumers.
    [[nodiscard]] std::vector<DeadLetter> list(const std::string& consumer);
    /// By consumer; those alone that have dead letters.
    [[nodiscard]] std::map<std::string, HeldEvents> held();
    /// The ids of the requests that now stand; none where nothing is held there.
    [[nodiscard]] std::vector<std::int64_t> ask(const ReleaseOrder& order);
    /// Those with an id from `first` on, the oldest first; an empty name: of all consumers.
    [[nodiscard]] std::vector<ReleaseRequest> requests(const std::string& consumer,
                                                       std::int64_t first);

  private:
    Database& system_;
};

} // namespace throughline
