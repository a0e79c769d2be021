#pragma once
#include "bus/event_store.hpp"
#include "bus/log_index.hpp"

#include <vector>

namespace throughline {

/// Why an event happened, and what happened because of it, by the causation ids of the log.
struct Causation {
    struct Effect {
        int depth = 1; // 1: the event led to it directly
        StoredEvent event;
    };
    std::vector<StoredEvent> causes; // nearest first
    std::vector<Effect> effects;     // by depth, then as the log has them
    bool truncated = false;          // there is more than this tells
};

/// How much is told, so that no chain and no fan takes long: beyond it, `truncated`.
struct CausationLimits {
    std::size_t causes = 100;
    std::size_t effects = 500;
    int depth = 50;
    std::size_t bytes = 4U << 20; // of data, of the effects
};

[[nodiscard]] Causation causation_of(EventStore& store, LogIndex& index, const StoredEvent& event,
                                     const CausationLimits& limits = {});

} // namespace throughline
