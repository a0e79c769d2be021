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
    using Stream = std::tuple<Uuid, std::string, Uuid>; // tenant, kind, id

    void load(pqxx::transaction_base& transaction, const std::string& consumer);
    [[nodiscard]] bool empty() const { return first_failed_.empty(); }
    [[nodiscard]] bool holds(const StoredEvent& event) const;
    /// Once the dead letter of the stream's first event has been committed.
    void hold(const StoredEvent& event);
    /// Once the stream's dead letters are gone.
    void release(const Stream& stream) { first_failed_.erase(stream); }
    /// Once all are.
    void clear() { first_failed_.clear(); }
    /// Writes the dead letter of an event that comes after the one that failed. False where that
    /// one is no dead letter any more: what is held must be loaded again.
    [[nodiscard]] bool write_held(pqxx::transaction_base& transaction, const std::string& consumer,
                                  const StoredEvent& event) const;
    /// Names the first event that failed; empty while nothing is held.
    [[nodiscard]] std::string fault() const;

  private:
    std::map<Stream, std::int64_t> first_failed_; // its position
};

/// Says that streams are held, and names the event that failed first.
[[nodiscard]] std::string held_text(std::int64_t position, const StreamKey& stream,
                                    std::size_t streams);

void write_dead_letter(pqxx::transaction_base& transaction, const std::string& consumer,
                       const StoredEvent& event, const std::string& cause);

} // namespace throughline
