#include "bus/erased_events.hpp"

#include "domain/record/erasure.hpp"

namespace throughline {

JsonObject blanks_in(const StoredEvent& erasure) {
    const Json data = parse_json(erasure.data);
    const Json* const after = data.find("after");
    return after == nullptr || after->object() == nullptr ? JsonObject{} : *after->object();
}

StoredEvent blanked_event(const StoredEvent& event, const JsonObject& blanks) {
    StoredEvent out = event;
    const Json data = parse_json(event.data);
    if (data.object() != nullptr) out.data = to_text(blanked(*data.object(), blanks));
    return out;
}

} // namespace throughline
