#include "bus/event.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace throughline {
namespace {

// Data written by older versions of us. Never removed: the log keeps what it was given.
constexpr std::array<Upcaster, 0> known_upcasters{};

std::vector<StreamKey> read_links(const JsonArray& links) {
    std::vector<StreamKey> read;
    read.reserve(links.size());
    for (const Json& link : links) {
        const JsonArray* pair = link.array();
        if (!pair || pair->size() != 2 || !(*pair)[0].string() || !(*pair)[1].string())
            throw std::runtime_error("an event's link is not [kind, id]");
        read.push_back({*(*pair)[0].string(), uuid_of(*(*pair)[1].string())});
    }
    return read;
}

} // namespace

std::string meta_text(const Origin& origin, const std::vector<StreamKey>& links) {
    std::string text = R"({"actor":")" + to_string(origin.actor_id) + R"(","by":)";
    append_quoted(text, origin.actor_type);
    text += R"(,"channel":)";
    append_quoted(text, origin.channel);
    if (origin.causation_id) text += R"(,"cause":")" + to_string(*origin.causation_id) + '"';
    if (!origin.traceparent.empty()) {
        text += R"(,"trace":)";
        append_quoted(text, origin.traceparent);
    }
    if (origin.run_automations != "yes") {
        text += R"(,"automations":)";
        append_quoted(text, origin.run_automations);
    }
    if (!origin.details.empty()) {
        text += R"(,"details":)";
        append_text(text, origin.details);
    }
    if (!links.empty()) text += R"(,"links":)" + links_text(links);
    text += '}';
    return text;
}

void read_meta(std::string_view meta, StoredEvent& into) {
    const Json read = parse_json(meta);
    Origin& origin = into.origin;
    origin.actor_id = uuid_of(read.text("actor"));
    origin.actor_type = read.text("by");
    origin.channel = read.text("channel");
    origin.causation_id.reset();
    if (const Json* cause = read.find("cause"); cause && cause->string())
        origin.causation_id = uuid_of(*cause->string());
    origin.traceparent = read.text("trace");
    origin.run_automations = read.text("automations", "yes");
    const Json* details = read.find("details");
    origin.details = details && details->object() ? *details->object() : JsonObject{};
    const Json* links = read.find("links");
    into.links = links && links->array() ? read_links(*links->array()) : std::vector<StreamKey>{};
}

std::string links_text(const std::vector<StreamKey>& links) {
    std::string text = "[";
    for (const StreamKey& link : links) {
        if (text.size() > 1) text += ',';
        text += '[';
        append_quoted(text, link.kind);
        text += ",\"" + to_string(link.id) + "\"]";
    }
    text += ']';
    return text;
}

std::vector<StreamKey> links_of(std::string_view text) {
    const Json read = parse_json(text);
    if (!read.array()) throw std::runtime_error("an event's links are not a list");
    return read_links(*read.array());
}

JsonObject current_data(const StoredEvent& event) { return current_data(event, known_upcasters); }

JsonObject current_data(const StoredEvent& event, std::span<const Upcaster> upcasters) {
    Json read = parse_json(event.data);
    if (!read.object())
        throw std::runtime_error("event " + std::to_string(event.position) +
                                 " has no object as data");
    JsonObject data = std::move(*read.object());
    for (int version = event.schema_version;; ++version) {
        const auto step = std::ranges::find_if(upcasters, [&](const Upcaster& upcaster) {
            return upcaster.type == event.type && upcaster.from == version;
        });
        if (step == upcasters.end()) return data;
        data = step->upcast(std::move(data));
    }
}

} // namespace throughline
