#include "api/event_sight.hpp"

#include "domain/record/ownership.hpp"

#include <algorithm>
#include <set>

namespace throughline {

std::vector<const StoredEvent*> EventSight::seen(const Uuid& tenant, const Caller& caller,
                                                 std::vector<const StoredEvent*> events) const {
    std::vector<StreamKey> asked; // whose state says whether they are seen
    std::erase_if(events, [&](const StoredEvent* event) {
        const Kind* const kind = registry_.find(event->stream.kind);
        if (kind == nullptr) return !caller.may(permission_to_read(event->stream.kind));
        if (!caller.sees_all() && !owner_fields(*kind).empty()) asked.push_back(event->stream);
        return !caller.may(Permission::records_read);
    });
    if (asked.empty()) return events;
    std::ranges::sort(asked);
    asked.erase(std::unique(asked.begin(), asked.end()), asked.end());
    std::set<StreamKey> hidden;
    for (const StreamHead& head : store_.heads(tenant, asked))
        if (!throughline::sees(caller, registry_, head.stream.kind, head.state))
            hidden.insert(head.stream);
    std::erase_if(events, [&](const StoredEvent* event) { return hidden.contains(event->stream); });
    return events;
}

} // namespace throughline
