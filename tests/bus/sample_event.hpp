#pragma once
#include "bus/event.hpp"

namespace throughline {

inline const Uuid sample_log_id = uuid_of("0198a7a0-0000-4000-8000-00000000000d");

/// An event with everything that an event can have.
inline StoredEvent full_event() {
    StoredEvent event;
    event.position = 1234;
    event.stream = {"contact", uuid_of("0198a7a0-0000-7000-8000-000000000001")};
    event.version = 3;
    event.id = uuid_of("0198a7a0-0000-7000-8000-000000000002");
    event.tenant = uuid_of("0198a7a0-0000-7000-8000-000000000003");
    event.type = "contact.updated";
    event.schema_version = 2;
    event.data = R"({"before": {"name": "Ada"}, "after": {"name": "Zoë \"Z\""}})";
    event.origin.actor_id = uuid_of("0198a7a0-0000-7000-8000-00000000000a");
    event.origin.actor_type = "import";
    event.origin.channel = "import";
    event.origin.correlation_id = uuid_of("0198a7a0-0000-7000-8000-00000000000b");
    event.origin.causation_id = uuid_of("0198a7a0-0000-7000-8000-00000000000c");
    event.origin.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    event.origin.run_automations = "later";
    event.origin.details.set("import_id", "x");
    event.origin.details.set("row", 7);
    event.links = {{"organization", uuid_of("0198a7a0-0000-7000-8000-0000000000ff")}};
    event.time = *parse_rfc3339("2026-03-08T06:00:00.000001Z");
    event.recorded_at = *parse_rfc3339("2026-03-08T06:00:00.25Z");
    return event;
}

} // namespace throughline
