#include "bus/event.hpp"

#include "domain/text.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace throughline {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view schema_prefix = "urn:throughline:event:";

std::string schema_urn(const StoredEvent& event) {
    return std::string(schema_prefix) + event.type + ':' + std::to_string(event.schema_version);
}

bool is_attribute_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    });
}

std::string media_type(std::string_view content_type) {
    std::string type = ascii_lower(content_type.substr(0, content_type.find(';')));
    while (!type.empty() && type.back() == ' ') type.pop_back();
    return type;
}

bool is_json_media(std::string_view type) {
    return type.empty() || type == "application/json" || type == "text/json" ||
           type.ends_with("+json");
}

unsigned char* octets(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* octets(const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::optional<std::string> decoded_base64(const std::string& text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::string bytes(text.size() / 4 * 3, '\0');
    const auto length = EVP_DecodeBlock(octets(bytes), octets(text), static_cast<int>(text.size()));
    if (length < 0) return std::nullopt;
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
    bytes.resize(static_cast<std::size_t>(length) - std::min<std::size_t>(padding, bytes.size()));
    // OpenSSL also takes blanks around the text, and `=` anywhere in it.
    std::string again(text.size() + 1, '\0');
    EVP_EncodeBlock(octets(again), octets(bytes), static_cast<int>(bytes.size()));
    again.pop_back();
    return again == text ? std::optional(std::move(bytes)) : std::nullopt;
}

bool has_required_attributes(const CloudEvent& event) {
    return event.attribute("specversion") == "1.0" && !event.attribute("id").empty() &&
           !event.attribute("source").empty() && !event.attribute("type").empty();
}

// Kafka protocol binding 1.0.2, section 3.2.
std::optional<CloudEvent> read_binary(const Headers& headers, std::string_view content_type,
                                      std::string_view value) {
    CloudEvent event;
    for (const auto& [name, text] : headers)
        if (name.starts_with("ce_") && is_attribute_name(std::string_view(name).substr(3)))
            event.attributes.emplace_back(name.substr(3), text);
    if (!content_type.empty()) event.attributes.emplace_back("datacontenttype", content_type);
    event.data = value;
    return has_required_attributes(event) ? std::optional(std::move(event)) : std::nullopt;
}

std::optional<std::string> attribute_text(const Json& value) {
    if (value.string()) return *value.string();
    if (value.number()) return value.number()->digits;
    if (value.boolean()) return *value.boolean() ? "true" : "false";
    return std::nullopt;
}

// Kafka protocol binding 1.0.2, section 3.3; the JSON format of CloudEvents 1.0.
std::optional<CloudEvent> read_structured(std::string_view value) {
    const auto read = read_json(value);
    const Json* json = std::get_if<Json>(&read);
    if (!json || !json->object()) return std::nullopt;
    CloudEvent event;
    for (const auto& [name, member] : *json->object()) {
        if (name == "data" || name == "data_base64" || member.is_null()) continue;
        auto text = attribute_text(member);
        if (!text || !is_attribute_name(name)) return std::nullopt;
        event.attributes.emplace_back(name, std::move(*text));
    }
    const Json* base64 = json->find("data_base64");
    if (const Json* data = json->find("data")) {
        if (base64) return std::nullopt;
        const bool plain =
            data->string() && !is_json_media(media_type(event.attribute("datacontenttype")));
        event.data = plain ? *data->string() : to_text(*data);
    } else if (base64) {
        auto bytes = base64->string() ? decoded_base64(*base64->string()) : std::nullopt;
        if (!bytes) return std::nullopt;
        event.data = std::move(*bytes);
    }
    return has_required_attributes(event) ? std::optional(std::move(event)) : std::nullopt;
}

/// Thrown and caught here: an attribute of our own events is missing or wrong.
struct WrongAttribute {};

template <class T> T demanded(std::optional<T> value) {
    if (!value) throw WrongAttribute{};
    return std::move(*value);
}

std::string_view optional_text_of(const CloudEvent& event, std::string_view name) {
    const std::string_view text = event.attribute(name);
    if (!is_valid_utf8(text)) throw WrongAttribute{};
    return text;
}

std::string_view text_of(const CloudEvent& event, std::string_view name) {
    const std::string_view text = optional_text_of(event, name);
    if (text.empty()) throw WrongAttribute{};
    return text;
}

Uuid id_of(const CloudEvent& event, std::string_view name) {
    return demanded(parse_uuid(text_of(event, name)));
}

template <class T> T number_in(std::string_view text) {
    T number{};
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc{} || end != text.data() + text.size() || number < 1)
        throw WrongAttribute{};
    return number;
}

StreamKey stream_of(const CloudEvent& event) {
    const std::string_view subject = text_of(event, "subject");
    const std::size_t slash = subject.rfind('/');
    if (slash == std::string_view::npos || slash == 0) throw WrongAttribute{};
    return {std::string(subject.substr(0, slash)), demanded(parse_uuid(subject.substr(slash + 1)))};
}

Origin origin_of(const CloudEvent& event) {
    Origin origin;
    origin.actor_id = id_of(event, "actorid");
    origin.actor_type = text_of(event, "actortype");
    origin.channel = text_of(event, "channel");
    origin.correlation_id = id_of(event, "correlationid");
    if (!event.attribute("causationid").empty()) origin.causation_id = id_of(event, "causationid");
    origin.traceparent = optional_text_of(event, "traceparent");
    if (const auto automations = optional_text_of(event, "automations"); !automations.empty())
        origin.run_automations = automations;
    if (const auto details = event.attribute("details"); !details.empty()) {
        Json read = parse_json(details);
        if (!read.object()) throw WrongAttribute{};
        origin.details = std::move(*read.object());
    }
    return origin;
}

} // namespace

std::string sequence_text(std::int64_t position) {
    const std::string digits = std::to_string(position);
    return std::string(digits.size() < 19 ? 19 - digits.size() : 0, '0') + digits;
}

std::string to_cloudevent(const StoredEvent& event) {
    const std::string stream_id = to_string(event.stream.id);
    const std::string tenant = to_string(event.tenant);
    std::string out;
    out.reserve(900 + event.data.size());
    const auto plain = [&out](std::string_view name, std::string_view value) {
        out.append(",\"").append(name).append("\":\"").append(value).append("\"");
    };
    const auto quoted = [&out](std::string_view name, std::string_view value) {
        out.append(",\"").append(name).append("\":");
        append_quoted(out, value);
    };
    out += R"({"specversion":"1.0")";
    plain("id", to_string(event.id));
    plain("source", "/tenants/" + tenant);
    quoted("type", event.type);
    quoted("subject", event.stream.kind + '/' + stream_id);
    plain("time", to_rfc3339(event.time));
    plain("datacontenttype", "application/json");
    quoted("dataschema", schema_urn(event));
    plain("partitionkey", stream_id);
    plain("sequence", sequence_text(event.position));
    out.append(",\"streamversion\":").append(std::to_string(event.version));
    plain("tenantid", tenant);
    plain("correlationid", to_string(event.origin.correlation_id));
    if (event.origin.causation_id) plain("causationid", to_string(*event.origin.causation_id));
    plain("actorid", to_string(event.origin.actor_id));
    quoted("actortype", event.origin.actor_type);
    quoted("channel", event.origin.channel);
    if (!event.origin.traceparent.empty()) quoted("traceparent", event.origin.traceparent);
    out.append(",\"data\":").append(event.data).append("}");
    return out;
}

std::vector<std::pair<std::string, std::string>> to_kafka_headers(const StoredEvent& event,
                                                                  const Uuid& log_id) {
    const Origin& origin = event.origin;
    const std::string stream_id = to_string(event.stream.id);
    const std::string tenant = to_string(event.tenant);
    Headers headers;
    headers.reserve(24);
    headers.emplace_back("content-type", "application/json");
    headers.emplace_back("ce_id", to_string(event.id));
    headers.emplace_back("ce_source", "/tenants/" + tenant);
    headers.emplace_back("ce_type", event.type);
    headers.emplace_back("ce_specversion", "1.0");
    headers.emplace_back("ce_time", to_rfc3339(event.time));
    headers.emplace_back("ce_subject", event.stream.kind + '/' + stream_id);
    headers.emplace_back("ce_partitionkey", stream_id);
    headers.emplace_back("ce_sequence", sequence_text(event.position));
    headers.emplace_back("ce_tenantid", tenant);
    headers.emplace_back("ce_streamversion", std::to_string(event.version));
    headers.emplace_back("ce_dataschema", schema_urn(event));
    headers.emplace_back("ce_correlationid", to_string(origin.correlation_id));
    if (origin.causation_id)
        headers.emplace_back("ce_causationid", to_string(*origin.causation_id));
    headers.emplace_back("ce_actorid", to_string(origin.actor_id));
    headers.emplace_back("ce_actortype", origin.actor_type);
    headers.emplace_back("ce_channel", origin.channel);
    if (!origin.traceparent.empty()) headers.emplace_back("ce_traceparent", origin.traceparent);
    headers.emplace_back("ce_recordedtime", to_rfc3339(event.recorded_at));
    headers.emplace_back("ce_logid", to_string(log_id));
    if (!event.links.empty()) headers.emplace_back("ce_links", links_text(event.links));
    if (origin.run_automations != "yes")
        headers.emplace_back("ce_automations", origin.run_automations);
    if (!origin.details.empty()) headers.emplace_back("ce_details", to_text(origin.details));
    return headers;
}

std::string_view CloudEvent::attribute(std::string_view name) const {
    const auto found =
        std::ranges::find(attributes, name, &std::pair<std::string, std::string>::first);
    return found == attributes.end() ? std::string_view{} : std::string_view(found->second);
}

std::optional<CloudEvent>
read_kafka_message(const std::vector<std::pair<std::string, std::string>>& headers,
                   std::string_view value) {
    const auto found =
        std::ranges::find(headers, "content-type", &std::pair<std::string, std::string>::first);
    const std::string_view content_type =
        found == headers.end() ? std::string_view{} : found->second;
    const std::string type = media_type(content_type);
    if (type == "application/cloudevents+json") return read_structured(value);
    if (type.starts_with("application/cloudevents"))
        return std::nullopt; // a batch, or a format we do not read
    return read_binary(headers, content_type, value);
}

std::optional<StoredEvent> from_cloudevent(const CloudEvent& event, const Uuid& log_id) {
    try {
        if (id_of(event, "logid") != log_id) return std::nullopt;
        StoredEvent read;
        read.position = number_in<std::int64_t>(text_of(event, "sequence"));
        read.stream = stream_of(event);
        read.version = number_in<std::int64_t>(text_of(event, "streamversion"));
        read.id = id_of(event, "id");
        read.tenant = id_of(event, "tenantid");
        read.type = text_of(event, "type");
        const std::string_view schema = text_of(event, "dataschema");
        const std::string expected = std::string(schema_prefix) + read.type + ':';
        if (!schema.starts_with(expected)) return std::nullopt;
        read.schema_version = number_in<int>(schema.substr(expected.size()));
        read.data = event.data;
        read.origin = origin_of(event);
        if (const auto links = event.attribute("links"); !links.empty())
            read.links = links_of(links);
        read.time = demanded(parse_rfc3339(text_of(event, "time")));
        read.recorded_at = demanded(parse_rfc3339(text_of(event, "recordedtime")));
        return read;
    } catch (const WrongAttribute&) {
        return std::nullopt;
    } catch (const std::runtime_error&) { // links or details that are no JSON
        return std::nullopt;
    }
}

} // namespace throughline
