#pragma once
#include "domain/id.hpp"
#include "domain/json.hpp"
#include "domain/time.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace throughline {

/// Who did it and how, the same for all events of a command.
struct Origin {
    Uuid actor_id;                     // nil for the system
    std::string actor_type = "system"; // user, api_key, automation, import, sync, ai, system
    std::string channel = "system";    // user, api_key, import, automation, sync, ai, system
    Uuid correlation_id;
    std::optional<Uuid> causation_id;    // the event that led to this command
    std::string traceparent;             // W3C trace context; empty when there is none
    std::string run_automations = "yes"; // yes, no, later
    JsonObject details;                  // shown as the audit item's metadata: {"import_id": …}
    bool operator==(const Origin&) const = default;
};

/// A fact of the log. Position, version and times are the log's; `data` is the stored bytes.
struct StoredEvent {
    std::int64_t position = 0;
    StreamKey stream;
    std::int64_t version = 0; // of the stream, from 1, without gaps
    Uuid id;
    Uuid tenant; // nil for what belongs to no tenant (login reservations)
    std::string type;
    int schema_version = 1;
    std::string data; // JSON object
    Origin origin;
    std::vector<StreamKey> links;
    Time time{};        // the command's clock: CloudEvents `time`
    Time recorded_at{}; // the log's clock, never goes back
};

/// `meta` column of the log: {"actor": id, "by": actor_type, "channel", "cause"?, "trace"?,
/// "automations"? (when not yes), "details"?, "links"? [["organization", id], …]}.
[[nodiscard]] std::string meta_text(const Origin& origin, const std::vector<StreamKey>& links);
void read_meta(std::string_view meta, StoredEvent& into);
/// Links as meta and Kafka carry them: [["organization", id], …].
[[nodiscard]] std::string links_text(const std::vector<StreamKey>& links);
[[nodiscard]] std::vector<StreamKey> links_of(std::string_view text);

/// Brings event data of an older schema version to the newest, at read time.
[[nodiscard]] JsonObject current_data(const StoredEvent& event);

/// One step in how an event type's data changed: from version `from` to the next.
struct Upcaster {
    std::string_view type;
    int from = 1;
    JsonObject (*upcast)(JsonObject data) = nullptr;
};
/// The same with other steps than the ones we have. A version without a step is the newest.
[[nodiscard]] JsonObject current_data(const StoredEvent& event,
                                      std::span<const Upcaster> upcasters);

/// CloudEvents 1.0 JSON, the same bytes on pages, streams and webhooks.
[[nodiscard]] std::string to_cloudevent(const StoredEvent& event);

/// The position as CloudEvents `sequence`: 19 digits, so that text order is number order.
[[nodiscard]] std::string sequence_text(std::int64_t position);

/// Kafka headers of CloudEvents' binary mode, in a fixed order; the message value is `data`. After
/// the attributes of `to_cloudevent` come those that make the event whole for our own readers:
/// recordedtime, logid, and where there is something to say links ([["organization", id], …]),
/// automations and details.
[[nodiscard]] std::vector<std::pair<std::string, std::string>>
to_kafka_headers(const StoredEvent& event, const Uuid& log_id);

/// A CloudEvent read from a Kafka message in binary or structured mode (Kafka protocol binding
/// 1.0.2): its attributes by name without prefix (`datacontenttype` included) and its data.
struct CloudEvent {
    std::vector<std::pair<std::string, std::string>> attributes;
    std::string data;
    [[nodiscard]] std::string_view attribute(std::string_view name) const;
};
/// Nothing where the message is no CloudEvent.
[[nodiscard]] std::optional<CloudEvent>
read_kafka_message(const std::vector<std::pair<std::string, std::string>>& headers,
                   std::string_view value);
/// The log's own event from its CloudEvents form; nothing where it is another log's, or an
/// attribute is missing or wrong.
[[nodiscard]] std::optional<StoredEvent> from_cloudevent(const CloudEvent& event,
                                                         const Uuid& log_id);

} // namespace throughline
