#include "api/routes/events.hpp"

#include "api/event_sight.hpp"
#include "api/event_stream.hpp"
#include "api/log_reader.hpp"
#include "api/problem.hpp"
#include "api/routes/parameters.hpp"
#include "api/routes/rows.hpp"
#include "api/upgrade.hpp"
#include "bus/ids.hpp"
#include "domain/other_kinds.hpp"
#include "domain/schema_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace throughline {

namespace {

constexpr std::int64_t default_limit = 50;
constexpr std::int64_t most_items = 1000;
constexpr std::size_t most_page_bytes = 8U << 20;
constexpr int most_page_reads = 32;
constexpr std::size_t most_types = 100;
constexpr std::int64_t no_end = std::numeric_limits<std::int64_t>::max();

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

/// A parameter that its schema has checked.
std::optional<std::int64_t> number_of(const Request& request, std::string_view name) {
    const auto text = request.parameter(name);
    return text ? whole_number(*text) : std::nullopt;
}

/// Whether any kind has such events.
bool is_event_type(const Registry& registry, std::string_view text) {
    const Kind* const kind = any_kind(registry, text.substr(0, text.find('.')));
    if (kind == nullptr) return false;
    const auto types = kind->event_types();
    return std::ranges::find(types, text) != types.end();
}

Result<LogFilter> read_filter(const Registry& registry, const Request& request) {
    LogFilter filter;
    if (request.principal) filter.tenant = request.principal->tenant_id;
    if (const auto id = request.parameter("id")) filter.id = parse_uuid(*id);
    if (const auto kind = request.parameter("kind")) {
        const auto known = entity_kind(registry, *kind);
        if (!known) return wrong_parameter("kind", "invalid_choice", "There is no such kind.");
        filter.kind = *known;
    }
    std::string_view types = request.parameter("types").value_or("");
    while (!types.empty()) {
        const auto type = types.substr(0, types.find(','));
        types.remove_prefix(std::min(type.size() + 1, types.size()));
        if (filter.types.size() == most_types)
            return wrong_parameter("types", "too_large", "At most 100 types.");
        if (!is_event_type(registry, type))
            return wrong_parameter("types", "invalid_choice",
                                   "Takes types of events, such as contact.created.");
        filter.types.emplace_back(type);
    }
    return filter;
}

/// The position that the request says to begin after, if any. Who saw more than there is follows a
/// log that was restored without its end: its positions are given out anew, and they would miss
/// those events.
Result<std::optional<std::int64_t>> beginning(const Request& request, std::int64_t head) {
    const std::string_view last = request.header("last-event-id");
    if (!last.empty()) {
        const auto position = whole_number(last);
        if (!position)
            return Rejection{Refusal::invalid,
                             "Last-Event-ID takes the id of an event of this stream."};
        if (*position > head)
            return Rejection{Refusal::invalid,
                             fmt::format("The log ends at {}, before Last-Event-ID.", head),
                             {},
                             {}};
        return position;
    }
    const auto from = number_of(request, "from");
    if (from && *from > head)
        return wrong_parameter("from", "too_large", fmt::format("The log ends at {}.", head));
    return from;
}

/// The handlers; copied into each row, so that the rows stand alone.
struct Handlers {
    EventRoutes with;
    EventSight sight{with.store, with.registry};

    [[nodiscard]] Result<Response> list(const Request& request) const {
        auto filter = read_filter(with.registry, request);
        if (!filter) return filter.error();
        const auto limit =
            static_cast<std::size_t>(number_of(request, "limit").value_or(default_limit));
        const auto to = number_of(request, "to").value_or(no_end);
        LogReader log(with.store, std::move(*filter));
        LogPage page{{}, number_of(request, "from").value_or(0), 0};
        std::string items;
        std::size_t count = 0;
        bool at_end = false;
        for (int reads = 0;
             !at_end && count < limit && items.size() < most_page_bytes && reads < most_page_reads;
             ++reads) {
            page = log.next(page.scanned, limit - count);
            for (const StoredEvent* const event : seen(*request.principal, page.events)) {
                if (event->position > to) break;
                items += (count++ == 0 ? "" : ",") + to_cloudevent(*event);
                if (items.size() < most_page_bytes) continue;
                page.scanned = event->position;
                break;
            }
            at_end = page.scanned >= std::min(page.head, to);
        }
        return json_response(
            200,
            fmt::format(R"({{"items":[{}],"pagination":{{"limit":{},"next":{}}},"head":{}}})",
                        items, limit, at_end ? "null" : std::to_string(page.scanned), page.head));
    }

    [[nodiscard]] Result<Response> show(const Request& request) const {
        const auto event = with.store.event(request.principal->tenant_id, request.path_id());
        if (!event) return no_such("event");
        const Principal& caller = *request.principal;
        if (!sight.sees(caller.tenant_id, caller.caller(), *event)) return hidden("event");
        return json_response(200, to_cloudevent(*event));
    }

    [[nodiscard]] Result<Response> stream(const Request& request) const {
        auto wanted = read_stream(request);
        if (!wanted) return wanted.error();
        if (!wanted->place) return no_place(request);
        Response response;
        response.content_type = "text/event-stream";
        response.with("X-Accel-Buffering", "no");
        response.stream = std::make_unique<EventStream>(with.store, with.hub, std::move(*wanted));
        return response;
    }

    [[nodiscard]] Result<Response> websocket(const Request& request) const {
        if (auto fault = fault_of_upgrade(request)) return std::move(*fault);
        if (!request.principal) {
            const auto filter = read_filter(with.registry, request);
            return filter ? Result<Response>(websocket_response()) : filter.error();
        }
        auto wanted = read_stream(request);
        if (!wanted) return wanted.error();
        if (!wanted->place) return no_place(request);
        wanted->encoding = &websocket_messages();
        return websocket_response(
            std::make_unique<EventStream>(with.store, with.hub, std::move(*wanted)));
    }

    [[nodiscard]] std::vector<const StoredEvent*>
    seen(const Principal& caller, const std::vector<StoredEvent>& events) const {
        std::vector<const StoredEvent*> all;
        for (const StoredEvent& event : events) all.push_back(&event);
        return sight.seen(caller.tenant_id, caller.caller(), std::move(all));
    }

    /// Who the stream's reader is and what they may is asked again and again: they may be put out
    /// or given another role while it lasts.
    [[nodiscard]] Sight sight_of(const Request& request) const {
        return
            [*this, request](
                std::vector<const StoredEvent*> events) -> Result<std::vector<const StoredEvent*>> {
                const auto reader = with.authenticator.authenticate(request);
                if (!reader) return reader.error();
                const Caller caller = reader->caller();
                if (!caller.may(Permission::events_read)) return forbidden(Permission::events_read);
                return sight.seen(reader->tenant_id, caller, std::move(events));
            };
    }

    /// What both forms of stream take; without a place where all are taken.
    [[nodiscard]] Result<StreamRequest> read_stream(const Request& request) const {
        auto filter = read_filter(with.registry, request);
        if (!filter) return filter.error();
        StreamRequest wanted;
        wanted.filter = std::move(*filter);
        wanted.sight = sight_of(request);
        wanted.to = number_of(request, "to").value_or(no_end);
        wanted.target = request.target;
        wanted.traceparent = request.traceparent;
        const auto said = with.authenticator.claims(request);
        if (!said)
            return Rejection{Refusal::unauthenticated, "A valid bearer token or ticket is needed."};
        wanted.expires = said->expires_at;
        const std::int64_t head = with.store.head_position();
        const auto from = beginning(request, head);
        if (!from) return from.error();
        wanted.from = from->value_or(head);
        wanted.from_head = !from->has_value();
        wanted.place = with.places->take(request.principal->tenant_id, request.principal->user_id);
        return wanted;
    }

    [[nodiscard]] static Response no_place(const Request& request) {
        Response response =
            problem_response(429, "Too many event streams are open. Close some first.", request);
        response.with("Retry-After", "5");
        return response;
    }

    [[nodiscard]] Result<Response> issue_ticket(const Request& request) const {
        auto said = with.authenticator.claims(request);
        if (!said) return Rejection{Refusal::unauthenticated, "A valid bearer token is needed."};
        // The tenant is the one in force, which X-Tenant-ID may have chosen.
        said->tenant = request.principal->tenant_id;
        const auto left = said->expires_at - std::chrono::floor<std::chrono::seconds>(now());
        return json_response(201, to_text(JsonObject{{"ticket", with.tokens.issue_ticket(*said)},
                                                     {"expires_in", left.count()}}));
    }
};

Json position_schema() { return JsonObject{{"type", "integer"}, {"minimum", 0}}; }

std::vector<Parameter> filter_parameters() {
    return {{"types", typed("string"), "Only these event types, comma separated."},
            {"kind", typed("string"), "Only events of this kind of record."},
            {"id", formatted("uuid"), "Only events of the record of this id."},
            {"from", position_schema(), "Events after this position."},
            {"to", position_schema(), "Events up to this position; a stream ends there."}};
}

std::vector<Parameter> list_parameters() {
    auto parameters = filter_parameters();
    parameters.push_back({"limit",
                          JsonObject{{"type", "integer"},
                                     {"minimum", 1},
                                     {"maximum", most_items},
                                     {"default", default_limit}},
                          "How many events at most."});
    return parameters;
}

std::vector<Parameter> stream_parameters() {
    auto parameters = filter_parameters();
    parameters.push_back({"ticket", typed("string"), "A ticket, where no header can be sent."});
    return parameters;
}

} // namespace

Routes EventRoutes::rows() const {
    RowsOf<Handlers> rows(Handlers{*this}, "/events", "events");
    const Permission read = Permission::events_read;
    Route& websocket =
        rows.add("GET", "/ws", "Follow the log live (WebSocket)", read,
                 {101,
                  "Events as messages; the first one of the client is its token where neither "
                  "header nor ticket is.",
                  ""},
                 &Handlers::websocket);
    websocket.query = stream_parameters();
    websocket.is_websocket = true;
    websocket.refusals = {400, 426};
    rows.add("GET", "", "Read the log", read, {200, "Ascending.", "EventPage"}, &Handlers::list)
        .query = list_parameters();
    rows.add("GET", "/stream", "Follow the log live (server-sent events)", read,
             {200, "Events as they happen.", "", "text/event-stream"}, &Handlers::stream)
        .query = stream_parameters();
    rows.add("POST", "/tickets", "A ticket that opens event streams", read,
             {201, "The ticket.", "Ticket"}, &Handlers::issue_ticket)
        .takes_key = false; // each is a new one, and none is written
    rows.add("GET", "/{id}", "One event", read, {200, "The event.", "Event"}, &Handlers::show);
    return std::move(rows).take();
}

JsonObject event_components() {
    const auto reference = [](const char* name) { return Json(JsonObject{{"$ref", name}}); };
    JsonObject attributes;
    for (const char* name :
         {"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema",
          "partitionkey", "sequence", "tenantid", "correlationid", "causationid", "actorid",
          "actortype", "channel", "traceparent"})
        attributes.append(name, typed("string"));
    attributes.append("streamversion", typed("integer"));
    attributes.append("data", typed("object"));
    const Json pagination = object_of({{"limit", typed("integer")}, {"next", nullable("integer")}});
    return {{"Event", JsonObject{{"type", "object"},
                                 {"description", "A CloudEvents 1.0 event."},
                                 {"properties", std::move(attributes)},
                                 {"required", JsonArray{"specversion", "id", "source", "type"}}}},
            {"EventPage", object_of({{"items", array_of(reference("#/components/schemas/Event"))},
                                     {"pagination", pagination},
                                     {"head", typed("integer")}})},
            {"Ticket", object_of({{"ticket", typed("string")}, {"expires_in", typed("integer")}})}};
}

} // namespace throughline
