#include "api/asyncapi.hpp"

#include "domain/other_kinds.hpp"
#include "domain/record/schema.hpp"

#include <array>

namespace throughline {
namespace {

constexpr std::string_view draft_07 = "application/schema+json;version=draft-07";

// Of the streams that keep something unique on the whole server.
constexpr std::array<std::string_view, 7> reservation_schemas{
    R"({"$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "urn:throughline:event:login.reserved:1", "title": "login.reserved",
        "description": "An email address became a person's.", "type": "object",
        "required": ["user_id"],
        "properties": {"user_id": {"type": "string", "format": "uuid"}}})",
    R"({"$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "urn:throughline:event:identity.linked:1", "title": "identity.linked",
        "description": "A subject of an identity provider became a person's.", "type": "object",
        "required": ["user_id"],
        "properties": {"user_id": {"type": "string", "format": "uuid"}}})",
    R"({"$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "urn:throughline:event:slug.reserved:1", "title": "slug.reserved",
        "description": "A slug became a tenant's.", "type": "object",
        "required": ["tenant_id"],
        "properties": {"tenant_id": {"type": "string", "format": "uuid"}}})",
    R"({"$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "urn:throughline:event:slug.released:1", "title": "slug.released",
        "description": "A slug is no longer its tenant's.", "type": "object",
        "required": ["tenant_id"],
        "properties": {"tenant_id": {"type": "string", "format": "uuid"}}})",
    R"({"$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "urn:throughline:event:account.created:1", "title": "account.created",
        "description": "A person, and the tenants they belong to.", "type": "object",
        "required": ["tenants"],
        "properties": {"tenants": {"type": "array",
            "items": {"type": "string", "format": "uuid"}, "minItems": 1}}})",
    R"({"$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "urn:throughline:event:account.tenant_joined:1", "title": "account.tenant_joined",
        "description": "A person belongs to one more tenant, the last of these.", "type": "object",
        "required": ["tenants"],
        "properties": {"tenants": {"type": "array",
            "items": {"type": "string", "format": "uuid"}, "minItems": 1}}})",
    R"({"$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "urn:throughline:event:account.password_changed:1",
        "title": "account.password_changed",
        "description": "A person has a new password, or none; other sessions are over.",
        "type": "object",
        "required": ["how"],
        "properties": {"how": {"type": "string", "examples": ["changed", "reset", "removed"]}}})"};

// Kafka headers of every message (to_kafka_headers), in their order.
constexpr std::string_view headers_schema = R"({
    "type": "object",
    "required": ["content-type", "ce_id", "ce_source", "ce_type", "ce_specversion", "ce_time",
        "ce_subject", "ce_partitionkey", "ce_sequence", "ce_tenantid", "ce_streamversion",
        "ce_dataschema", "ce_correlationid", "ce_actorid", "ce_actortype", "ce_channel",
        "ce_recordedtime", "ce_logid"],
    "properties": {
        "content-type": {"type": "string", "const": "application/json"},
        "ce_id": {"type": "string", "format": "uuid", "description": "Of the event, the same at every delivery."},
        "ce_source": {"type": "string", "format": "uri-reference", "description": "/tenants/<tenant id>"},
        "ce_type": {"type": "string"},
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_time": {"type": "string", "format": "date-time", "description": "When it happened."},
        "ce_subject": {"type": "string", "description": "<kind>/<id>"},
        "ce_partitionkey": {"type": "string", "format": "uuid", "description": "The subject's id, and the message's key."},
        "ce_sequence": {"type": "string", "pattern": "^[0-9]{19}$", "description": "The position in the log: gapless over all partitions, ascending within each."},
        "ce_tenantid": {"type": "string", "format": "uuid"},
        "ce_streamversion": {"type": "string", "pattern": "^[1-9][0-9]*$", "description": "Of the subject, from 1 without gaps."},
        "ce_dataschema": {"type": "string", "format": "uri"},
        "ce_correlationid": {"type": "string", "format": "uuid", "description": "What was asked for at once."},
        "ce_causationid": {"type": "string", "format": "uuid", "description": "The event that led to this one."},
        "ce_actorid": {"type": "string", "format": "uuid"},
        "ce_actortype": {"type": "string", "enum": ["user", "api_key", "automation", "import", "sync", "ai", "system"]},
        "ce_channel": {"type": "string", "enum": ["user", "api_key", "automation", "import", "sync", "ai", "system"]},
        "ce_traceparent": {"type": "string", "description": "W3C Trace Context."},
        "ce_recordedtime": {"type": "string", "format": "date-time", "description": "When the log took it."},
        "ce_logid": {"type": "string", "format": "uuid", "description": "Of the log that ce_sequence counts in."},
        "ce_links": {"type": "string", "description": "JSON: [[kind, id], ...], the records it refers to."},
        "ce_automations": {"type": "string", "enum": ["no", "later"], "description": "Whether rules run on it; they do where this is absent."},
        "ce_details": {"type": "string", "description": "JSON object: what else is known of its origin."}
    }
})";

// The same events over a WebSocket (routes/events).
constexpr std::string_view websocket_channel = R"({
    "address": "/api/events/ws",
    "title": "Events over a WebSocket",
    "description": "From the position in `from`, exclusive, else only new ones, up to the position in `to`; without repetition. Ends with 1000 (`to` is reached), 4401 (token), 4403 (not allowed), 4408 (the client reads too slowly), 1001 (going away), 1008 (`from` is beyond the log), 1013 (too many streams).",
    "messages": {
        "event": {"payload": {"type": "object", "required": ["type", "position", "event"],
            "properties": {"type": {"const": "event"}, "position": {"type": "integer"},
                "event": {"type": "object", "description": "A CloudEvents 1.0 event."}}}},
        "heartbeat": {"payload": {"type": "object", "required": ["type", "position"],
            "description": "Every 15 s: how far the log was looked through.",
            "properties": {"type": {"const": "heartbeat"}, "position": {"type": "integer"}}}},
        "closed": {"payload": {"type": "object", "required": ["type", "problem"],
            "description": "The last message: why it ends (RFC 9457).",
            "properties": {"type": {"const": "closed"}, "problem": {"type": "object"}}}},
        "auth": {"payload": {"type": "object", "required": ["type", "token"],
            "description": "The client's first message, where it sent neither Authorization nor a ticket.",
            "properties": {"type": {"const": "auth"}, "token": {"type": "string"}}}}
    },
    "bindings": {"ws": {"method": "GET", "query": {"type": "object", "properties": {
        "from": {"type": "integer", "minimum": 0}, "to": {"type": "integer", "minimum": 0},
        "types": {"type": "string"}, "kind": {"type": "string"}, "id": {"type": "string", "format": "uuid"},
        "ticket": {"type": "string"}}}}}
})";

// What rules send (handlers/automation/queues, analytics): no events, and no part of the log.
constexpr std::string_view queue_channel = R"({
    "address": "throughline.queue.{tenant_id}.{name}",
    "title": "Messages of a queue",
    "description": "What queue.enqueue put into it, each message at least once: a repetition has the same header `id`. The same messages can be leased over HTTP instead.",
    "parameters": {"tenant_id": {"description": "UUID"}, "name": {"description": "Of the queue"}},
    "messages": {"queued": {"contentType": "application/json",
        "headers": {"type": "object", "required": ["content-type", "id"], "properties": {
            "content-type": {"type": "string", "const": "application/json"},
            "id": {"type": "string", "format": "uuid"}}},
        "payload": {"description": "The action's `payload`, as the rule made it."},
        "bindings": {"kafka": {"key": {"type": "string", "format": "uuid", "description": "The message's id."}}}}}
})";

constexpr std::string_view analytics_channel = R"({
    "address": "throughline.analytics",
    "title": "What rules track",
    "description": "From analytics.track, of all tenants, each at least once: a repetition has the same `id`.",
    "messages": {"tracked": {"contentType": "application/json",
        "headers": {"type": "object", "required": ["content-type", "id"], "properties": {
            "content-type": {"type": "string", "const": "application/json"},
            "id": {"type": "string", "format": "uuid"}}},
        "payload": {"type": "object",
            "required": ["id", "tenant_id", "event", "properties", "rule_id", "subject"],
            "properties": {"id": {"type": "string", "format": "uuid"},
                "tenant_id": {"type": "string", "format": "uuid"}, "event": {"type": "string"},
                "properties": {"type": "object"}, "rule_id": {"type": "string", "format": "uuid"},
                "subject": {"type": ["string", "null"], "description": "<kind>/<id>"}}},
        "bindings": {"kafka": {"key": {"type": "string", "format": "uuid", "description": "The tenant's id."}}}}}
})";

std::vector<Json> payload_schemas(const Registry& registry) {
    std::vector<Json> schemas;
    for (const Kind& kind : registry.kinds())
        for (const std::string& type : kind.event_types())
            schemas.push_back(event_schema(kind, type));
    for (const Kind& kind : kinds_beside_records())
        for (const std::string& type : kind.event_types())
            schemas.push_back(event_schema(kind, type));
    for (const std::string_view schema : reservation_schemas) schemas.push_back(parse_json(schema));
    return schemas;
}

Json reference(const std::string& where) { return JsonObject{{"$ref", "#/" + where}}; }

JsonObject message(Json payload) {
    const std::string type = payload.text("title");
    JsonObject own{{"ce_type", JsonObject{{"const", type}}},
                   {"ce_dataschema", JsonObject{{"const", payload.text("$id")}}}};
    JsonArray headers{reference("components/schemas/headers"),
                      JsonObject{{"type", "object"}, {"properties", std::move(own)}}};
    const JsonObject key{{"type", "string"}, {"format", "uuid"}};
    return {{"name", type},
            {"title", type},
            {"contentType", "application/json"},
            {"headers", JsonObject{{"allOf", std::move(headers)}}},
            {"payload", JsonObject{{"schemaFormat", draft_07}, {"schema", std::move(payload)}}},
            {"bindings", JsonObject{{"kafka", JsonObject{{"key", key}}}}}};
}

JsonObject info() {
    return {{"title", "Throughline events"},
            {"version", "1.0.0"},
            {"description",
             "Every change of every record, at least once, as CloudEvents 1.0 in Kafka's binary "
             "mode. Events of one subject keep their order; an event seen before has a ce_sequence "
             "that is not above the highest one of its partition."}};
}

JsonObject channel(std::string_view topic, JsonObject messages) {
    return {{"address", topic},
            {"title", "Events"},
            {"messages", std::move(messages)},
            {"bindings", JsonObject{{"kafka", JsonObject{{"topic", topic}}}}}};
}

JsonObject operation(std::string_view action, const std::string& channel,
                     std::initializer_list<std::string_view> messages) {
    JsonArray references;
    for (const std::string_view name : messages)
        references.push_back(reference("channels/" + channel + "/messages/" + std::string(name)));
    return {{"action", action},
            {"channel", reference("channels/" + channel)},
            {"messages", std::move(references)}};
}

} // namespace

Json asyncapi_document(const Registry& registry, std::string_view topic) {
    JsonObject references;
    JsonObject messages;
    for (Json& payload : payload_schemas(registry)) {
        const std::string type = payload.text("title");
        references.append(type, reference("components/messages/" + type));
        messages.append(type, message(std::move(payload)));
    }
    JsonObject components{{"messages", std::move(messages)},
                          {"schemas", JsonObject{{"headers", parse_json(headers_schema)}}}};
    return JsonObject{
        {"asyncapi", "3.0.0"},
        {"info", info()},
        {"defaultContentType", "application/json"},
        {"channels", JsonObject{{"events", channel(topic, std::move(references))},
                                {"websocket", parse_json(websocket_channel)},
                                {"queue", parse_json(queue_channel)},
                                {"analytics", parse_json(analytics_channel)}}},
        {"operations",
         JsonObject{
             {"publish_events",
              JsonObject{{"action", "send"}, {"channel", reference("channels/events")}}},
             {"stream_events", operation("send", "websocket", {"event", "heartbeat", "closed"})},
             {"take_token", operation("receive", "websocket", {"auth"})},
             {"publish_queued", operation("send", "queue", {"queued"})},
             {"publish_tracked", operation("send", "analytics", {"tracked"})}}},
        {"components", std::move(components)}};
}

} // namespace throughline
