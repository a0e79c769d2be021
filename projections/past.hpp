#pragma once
#include "bus/database.hpp"
#include "bus/event_store.hpp"
#include "bus/stream_moment.hpp"
#include "domain/record/kind.hpp"

#include <span>
#include <vector>

namespace throughline {

/// Records as they stood at a position of the log: folded from their streams where they changed
/// since, else their head state. Thread-safe; blocks on the database (role app).
class Past {
  public:
    Past(Database& app, const Registry& registry) : app_(app), registry_(registry) {}

    /// As EventStore::heads, then: version 0 where nothing had happened yet.
    [[nodiscard]] std::vector<StreamHead>
    heads(const Uuid& tenant, std::span<const StreamKey> streams, std::int64_t at);
    /// The same, each at its own position.
    [[nodiscard]] std::vector<StreamHead> heads(const Uuid& tenant,
                                                std::span<const StreamMoment> moments);

  private:
    Database& app_;
    const Registry& registry_;
};

} // namespace throughline
