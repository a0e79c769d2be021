#include "bus/command.hpp"

#include "domain/json.hpp"
#include "domain/text.hpp"

#include <set>
#include <tuple>

namespace throughline {

std::optional<Refused> fault_of(const Command& command) {
    std::set<std::tuple<Uuid, StreamKey>> streams;
    for (const StreamWrite& write : command.writes) {
        if (!streams.emplace(write.tenant, write.stream).second)
            return Refused{"the command writes one stream twice"};
        for (const NewEvent& event : write.events)
            if (event.data.size() > max_event_bytes)
                return Refused{"the data of an event is over " + std::to_string(max_event_bytes) +
                               " bytes"};
    }
    return std::nullopt;
}

Versions versions_after(const Command& command) {
    Versions versions;
    for (const StreamWrite& write : command.writes)
        versions.emplace_back(write.stream,
                              write.expected + static_cast<std::int64_t>(write.events.size()));
    return versions;
}

std::string versions_text(const Command& command) {
    std::string text = "[";
    const auto add = [&](const StreamKey& stream, std::int64_t version, const std::string& more) {
        if (text.size() > 1) text += ',';
        text += '[';
        append_quoted(text, stream.kind);
        text += ",\"" + to_string(stream.id) + "\"," + std::to_string(version) + more + ']';
    };
    for (const auto& [stream, version] : versions_after(command)) add(stream, version, "");
    if (!command.told.empty()) add({}, 0, "," + to_text(command.told));
    return text + ']';
}

void read_versions(std::string_view text, Committed& into) {
    const Json json = parse_json(text);
    for (const Json& item : *json.array()) {
        const JsonArray& parts = *item.array();
        if (parts.size() > 3)
            into.told = *parts.at(3).object();
        else
            into.versions.emplace_back(
                StreamKey{*parts.at(0).string(), uuid_of(*parts.at(1).string())},
                parts.at(2).as_integer().value());
    }
}

std::string title_key(std::string_view title) {
    constexpr std::size_t most = 200;
    std::string folded = case_folded(title);
    std::size_t characters = 0;
    for (std::size_t i = 0; i < folded.size(); ++i) {
        const bool begins = (static_cast<unsigned char>(folded[i]) & 0xC0U) != 0x80U;
        if (begins && ++characters > most) {
            folded.resize(i);
            break;
        }
    }
    return folded;
}

Origin origin_of(const Command& command, const NewEvent& event) {
    Origin origin = command.origin;
    if (event.causation_id) origin.causation_id = event.causation_id;
    return origin;
}

std::size_t bytes_of(const Command& command) {
    std::size_t bytes = 512;
    for (const StreamWrite& write : command.writes) {
        bytes += 256 + write.state.size() + write.title.size();
        for (const NewEvent& event : write.events) bytes += 512 + event.data.size();
    }
    return bytes;
}

void append_stored(const Command& command, const Committed& committed, Time recorded_at,
                   std::vector<StoredEvent>& into) {
    std::int64_t position = committed.first_position;
    for (const StreamWrite& write : command.writes) {
        std::int64_t version = write.expected;
        for (const NewEvent& event : write.events)
            into.push_back({position++, write.stream, ++version, event.id, write.tenant, event.type,
                            event.schema_version, event.data, origin_of(command, event),
                            event.links, command.time, recorded_at});
    }
}

} // namespace throughline
