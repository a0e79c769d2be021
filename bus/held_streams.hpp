#pragma once
#include "bus/event.hpp"

#include <map>
#include <string>
#include <tuple>

namespace pqxx {
class transaction_base;
} // namespace pqxx

namespace throughline {

/// The streams whose events a consumer does not get, each because one of its events failed: the
/// rows of `dead_letters` in memory. Kept by the consumer's leader.
class HeldStreams {
  public:
    void load(pqxx::transaction_base& transaction, const std::string& consumer);
    [[nodiscard]] bool holds(const StoredEvent& event) const;
    /// Once the dead letter of the stream's first event has been committed.
    void hold(const StoredEvent& event);
    /// Writes the dead letter of an event that comes after the one that failed.
    void write_held(pqxx::transaction_base& transaction, const std::string& consumer,
                    const StoredEvent& event) const;
    /// Names the first event that failed; empty while nothing is held.
    [[nodiscard]] std::string fault() const;

  private:
    using Stream = std::tuple<Uuid, std::string, Uuid>; // tenant, kind, id
    std::map<Stream, std::int64_t> first_failed_;       // its position
};

void write_dead_letter(pqxx::transaction_base& transaction, const std::string& consumer,
                       const StoredEvent& event, const std::string& cause);

} // namespace throughline
