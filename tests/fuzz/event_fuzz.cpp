#include "bus/event.hpp"
#include "domain/text.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <array>

namespace throughline::fuzz {
namespace {

const Uuid some_id = uuid_of("0190a7c0-0000-7000-8000-0000000000ad");
const Uuid log_id = uuid_of("0190a7c0-0000-7000-8000-000000000106");
const Time monday = *parse_rfc3339("2026-03-02T09:00:00Z");

using Headers = std::vector<std::pair<std::string, std::string>>;

/// Two steps, as if contacts had once been written otherwise.
JsonObject renamed(JsonObject data) {
    if (const Json* const old = data.find("title")) data.set("name", *old);
    data.erase("title");
    return data;
}
JsonObject marked(JsonObject data) {
    data.set("marked", true);
    return data;
}
constexpr std::array steps{Upcaster{"contact.created", 1, renamed},
                           Upcaster{"contact.created", 2, marked}};

/// Whether every text of the event is one that we would write.
bool is_ours(const StoredEvent& event) {
    const Origin& origin = event.origin;
    return !origin.actor_type.empty() && !origin.channel.empty() && !origin.run_automations.empty();
}

/// An event of ours comes back from Kafka and from its JSON as it was.
void check_forms(const StoredEvent& event) {
    const Headers headers = to_kafka_headers(event, log_id);
    const auto message = read_kafka_message(headers, event.data);
    demand(message.has_value(), "an event is a CloudEvent");
    const auto back = from_cloudevent(*message, log_id);
    demand(back.has_value(), "an event of ours is taken back");
    demand(to_kafka_headers(*back, log_id) == headers && back->data == event.data,
           "an event comes back from Kafka as it was");
    demand(!from_cloudevent(*message, some_id), "an event belongs to one log");

    const std::string text = to_cloudevent(event);
    const auto read = read_kafka_message({{"content-type", "application/cloudevents+json"}}, text);
    demand(read.has_value(), "the JSON of an event is a structured CloudEvent");
    for (const auto& [name, value] : read->attributes)
        demand(name == "datacontenttype" || name == "streamversion" ||
                   value == message->attribute(name),
               "both forms say the same");
}

StoredEvent sample(std::string data) {
    StoredEvent event;
    event.position = 7;
    event.stream = {"contact", some_id};
    event.version = 3;
    event.id = event.tenant = event.origin.correlation_id = some_id;
    event.type = "contact.created";
    event.data = std::move(data);
    event.time = event.recorded_at = monday;
    return event;
}

/// `meta` and data as the log keeps them.
void check_stored(std::string_view meta, std::string_view data) {
    StoredEvent event = sample(std::string(data));
    try {
        read_meta(meta, event);
        const std::string links = links_text(event.links);
        demand(links_of(links) == event.links, "links come back as they were");
        StoredEvent again = sample(event.data);
        read_meta(meta_text(event.origin, event.links), again);
        event.origin.correlation_id = again.origin.correlation_id;
        demand(again.origin == event.origin && again.links == event.links,
               "meta comes back as it was");
        const JsonObject newest = current_data(event, steps);
        demand(!newest.contains("title") && newest.contains("marked"), "data is brought up");
        demand(Json(current_data(event)) == parse_json(data), "data without steps is as stored");
    } catch (const std::runtime_error&) {
        return; // no text of ours: a reader of the log stops at it
    }
    const auto is_taken = std::holds_alternative<Json>(read_json(to_text(event.origin.details))) &&
                          std::holds_alternative<Json>(read_json(data));
    if (is_ours(event) && is_taken) check_forms(event);
}

/// Header lines `name: value`, an empty line, the value.
void check_message(Input from) {
    Headers headers;
    while (const auto line = from.line()) {
        if (line->empty()) break;
        const auto colon = line->find(": ");
        if (colon == std::string_view::npos) continue;
        headers.emplace_back(line->substr(0, colon), line->substr(colon + 2));
    }
    const auto message = read_kafka_message(headers, from.rest());
    if (!message) return;
    const auto event = from_cloudevent(*message, log_id);
    if (!event) return;
    demand(event->position > 0 && event->version > 0, "an event has its places");
    for (const auto& [name, value] : to_kafka_headers(*event, log_id))
        demand(is_valid_utf8(value), "an attribute is text");
    const auto data = read_json(event->data);
    if (const Json* const json = std::get_if<Json>(&data); json != nullptr && json->object())
        check_forms(*event);
}

/// The first byte: a message of Kafka, or a row of the log (meta, a line feed, the data).
void run(std::string_view input) {
    Input from(input);
    if (from.choice(2) == 0) return check_message(from);
    const auto meta = from.line();
    check_stored(meta.value_or(""), from.rest());
}

const Target target("event", run);

} // namespace
} // namespace throughline::fuzz
