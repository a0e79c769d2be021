#include "bus/event_store.hpp"

#include <algorithm>

namespace throughline {

bool matches(const LogFilter& filter, const StoredEvent& event) {
    return (!filter.tenant || *filter.tenant == event.tenant) &&
           (filter.kind.empty() || filter.kind == event.stream.kind) &&
           (!filter.id || *filter.id == event.stream.id) &&
           (filter.types.empty() ||
            std::find(filter.types.begin(), filter.types.end(), event.type) != filter.types.end());
}

} // namespace throughline
