#include "bus/causation.hpp"

namespace throughline {

namespace {

void add_causes(EventStore& store, const StoredEvent& event, const CausationLimits& limits,
                Causation& into) {
    std::optional<Uuid> cause = event.origin.causation_id;
    while (cause) {
        if (into.causes.size() == limits.causes) {
            into.truncated = true;
            return;
        }
        auto found = store.event(event.tenant, *cause);
        if (!found) return;
        cause = found->origin.causation_id;
        into.causes.push_back(std::move(*found));
    }
}

/// Breadth first. An event has one cause, so none comes twice.
void add_effects(LogIndex& index, const StoredEvent& event, const CausationLimits& limits,
                 Causation& into) {
    std::vector<Uuid> causes{event.id};
    std::size_t bytes = 0;
    for (int depth = 1; !causes.empty(); ++depth) {
        const std::size_t room = limits.effects - into.effects.size();
        auto found = index.effects(event.tenant, causes, room + 1);
        causes.clear();
        for (StoredEvent& effect : found) {
            bytes += effect.data.size();
            if (into.effects.size() == limits.effects || depth > limits.depth ||
                bytes > limits.bytes) {
                into.truncated = true;
                return;
            }
            causes.push_back(effect.id);
            into.effects.push_back({depth, std::move(effect)});
        }
    }
}

} // namespace

Causation causation_of(EventStore& store, LogIndex& index, const StoredEvent& event,
                       const CausationLimits& limits) {
    Causation causation;
    add_causes(store, event, limits, causation);
    add_effects(index, event, limits, causation);
    return causation;
}

} // namespace throughline
