#pragma once
#include "bus/event_store.hpp"
#include "bus/stream_moment.hpp"

#include <span>
#include <vector>

namespace throughline {

/// What the rules ask of the past; projections answer it.
class RecordsAsOf {
  public:
    virtual ~RecordsAsOf() = default;
    /// Head states as they stood then, in the order asked; version 0 where nothing had happened.
    [[nodiscard]] virtual std::vector<StreamHead> heads(const Uuid& tenant,
                                                        std::span<const StreamMoment> moments) = 0;
};

} // namespace throughline
