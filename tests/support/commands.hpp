#pragma once
#include "bus/event_store.hpp"
#include "bus/ids.hpp"

namespace throughline {

/// A write of `events` events to one stream, at version `expected`.
inline StreamWrite write_of(const Uuid& tenant, const StreamKey& stream, std::int64_t expected,
                            int events = 1, const std::string& title = "") {
    StreamWrite write{tenant, stream, expected, {}, R"({"name":"Ada"})", title, false};
    for (int i = 0; i < events; ++i)
        write.events.push_back({new_id(),
                                stream.kind + (expected + i == 0 ? ".created" : ".updated"),
                                1,
                                R"({"name": "Ada", "n": 1200.10})",
                                {}});
    return write;
}

inline Command command_of(const Uuid& tenant, std::vector<StreamWrite> writes) {
    Command command;
    command.id = new_id();
    command.tenant = tenant;
    command.status = 201;
    command.origin.actor_id = new_id();
    command.origin.actor_type = "user";
    command.origin.channel = "user";
    command.origin.correlation_id = command.id;
    command.time = now();
    command.writes = std::move(writes);
    return command;
}

inline Command create_contact(const Uuid& tenant) {
    return command_of(tenant, {write_of(tenant, {"contact", new_id()}, 0)});
}

} // namespace throughline
