#include "api/routes/why.hpp"

#include "api/event_sight.hpp"
#include "bus/causation.hpp"
#include "domain/schema_words.hpp"

#include <fmt/format.h>

namespace throughline {

namespace {

/// Comma separated, those alone that are seen; `text_of` writes one.
template <class Items, class EventOf, class TextOf>
std::string seen_items(const EventSight& sight, const Principal& caller, const Items& items,
                       EventOf event_of, TextOf text_of) {
    std::vector<const StoredEvent*> events;
    for (const auto& item : items) events.push_back(&event_of(item));
    const auto seen = sight.seen(caller.tenant_id, caller.caller(), std::move(events));
    std::string text;
    auto next = seen.begin();
    for (const auto& item : items) {
        if (next == seen.end()) break;
        if (*next != &event_of(item)) continue;
        ++next;
        text += (text.empty() ? "" : ",") + text_of(item);
    }
    return text;
}

struct Why {
    EventStore& store;
    LogIndex& index;
    EventSight sight;

    [[nodiscard]] Result<Response> show(const Request& request) const {
        const Principal& caller = *request.principal;
        const auto event = store.event(caller.tenant_id, request.path_id());
        if (!event) return no_such("event");
        if (!sight.sees(caller.tenant_id, caller.caller(), *event)) return hidden("event");
        const Causation causation = causation_of(store, index, *event);
        const auto itself = [](const StoredEvent& cause) -> const StoredEvent& { return cause; };
        const auto effect_event = [](const Causation::Effect& effect) -> const StoredEvent& {
            return effect.event;
        };
        const auto effect_text = [](const Causation::Effect& effect) {
            return fmt::format(R"({{"depth":{},"event":{}}})", effect.depth,
                               to_cloudevent(effect.event));
        };
        return json_response(
            200,
            fmt::format(R"({{"event":{},"causes":[{}],"effects":[{}],"truncated":{}}})",
                        to_cloudevent(*event),
                        seen_items(sight, caller, causation.causes, itself, to_cloudevent),
                        seen_items(sight, caller, causation.effects, effect_event, effect_text),
                        causation.truncated));
    }
};

} // namespace

Routes why_routes(EventStore& store, LogIndex& index, const Registry& registry) {
    Route route;
    route.method = "GET";
    route.path = "/events/{id}/why";
    route.summary = "What led to an event, and what it led to";
    route.tag = "events";
    route.permission = Permission::events_read;
    route.answers = {{200, "Causes, nearest first, and effects by depth.", "Why"}};
    route.handler = [why = Why{store, index, {store, registry}}](const Request& request) {
        return why.show(request);
    };
    return {std::move(route)};
}

JsonObject why_components() {
    const Json event = JsonObject{{"$ref", "#/components/schemas/Event"}};
    const Json depth = JsonObject{{"type", "integer"}, {"minimum", 1}};
    const Json effect = object_of({{"depth", depth}, {"event", event}}, {"depth", "event"});
    return {{"Why", object_of({{"event", event},
                               {"causes", array_of(event)},
                               {"effects", array_of(effect)},
                               {"truncated", typed("boolean")}},
                              {"event", "causes", "effects", "truncated"})}};
}

} // namespace throughline
