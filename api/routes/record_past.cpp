#include "api/routes/record_past.hpp"

#include "api/routes/list_response.hpp"
#include "api/routes/parameters.hpp"
#include "domain/record/ownership.hpp"
#include "domain/schema_words.hpp"
#include "handlers/survivor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace throughline {

namespace {

constexpr std::int64_t versions_at_once = 100;
constexpr std::size_t most_events = 1000;
constexpr std::size_t most_bytes = 4U << 20;

bool is_there(const StreamHead& head) { return head.version != 0 && !head.archived; }

/// Why the past of a record is nobody's business of the caller's.
std::optional<Rejection> hidden_past(EventStore& store, const Kind& kind, const Request& request,
                                     const Uuid& id) {
    const std::array keys{StreamKey{kind.name, id}};
    const StreamHead now = store.heads(request.principal->tenant_id, keys).front();
    if (now.version == 0) return no_such(kind.name);
    if (!sees(request.principal->caller(), kind, now.state)) return hidden(kind.name);
    return std::nullopt;
}

/// Events of a stream behind `after`, comma separated, and whether there were too many.
std::pair<std::string, bool> events_between(EventStore& store, const Uuid& tenant,
                                            const StreamKey& stream, std::int64_t after,
                                            std::int64_t up_to) {
    std::string text;
    std::size_t count = 0;
    while (after < up_to) {
        const std::int64_t end = std::min(after + versions_at_once, up_to);
        for (const StoredEvent& event : store.stream(tenant, stream, after, end)) {
            if (count++ == most_events || text.size() > most_bytes) return {std::move(text), true};
            text += (text.empty() ? "" : ",") + to_cloudevent(event);
        }
        after = end;
    }
    return {std::move(text), false};
}

} // namespace

std::string PastRoutes::record_at(const Kind& kind, const Request& request, const StreamHead& then,
                                  std::int64_t at) const {
    std::vector<StreamKey> referenced;
    collect_references(kind, then.state, referenced);
    Names names(store, registry, *request.principal);
    return record_json(kind, then.stream.id, then.version, then.state,
                       names.of_then(std::move(referenced), past, at));
}

StreamHead stood_for(Past& past, const Uuid& tenant, const StreamKey& asked, std::int64_t at) {
    const auto head = [&](const StreamKey& of) {
        return past.heads(tenant, std::array{of}, at).front();
    };
    StreamHead then = head(asked);
    while (const auto into = merged_into(then)) then = head({asked.kind, *into});
    return then;
}

Result<Response> PastRoutes::read(const Kind& kind, const Request& request, std::int64_t at) const {
    const StreamHead then =
        stood_for(past, request.principal->tenant_id, {kind.name, request.path_id()}, at);
    if (auto rejection = hidden_past(store, kind, request, then.stream.id)) return *rejection;
    if (!is_there(then)) return no_such(kind.name);
    Response response = json_response(200, record_at(kind, request, then, at));
    response.with("ETag", fmt::format("\"{}\"", then.version));
    if (then.stream.id != request.path_id())
        response.with("Content-Location", path_of(kind, then.stream.id));
    return with_as_of(std::move(response), at);
}

Result<Response> PastRoutes::list(const Kind& kind, const Request& request, std::int64_t at) const {
    auto wanted = read_list_request(kind, without_as_of(request.query));
    if (!wanted) return wanted.error();
    wanted->as_of = at;
    const auto page =
        lists.page(request.principal->tenant_id, request.principal->caller(), kind, *wanted);
    if (!page) return page.error();
    Names names(store, registry, *request.principal);
    const auto then = [&](auto records) { return names.of_then(std::move(records), past, at); };
    return with_as_of(list_response(kind, *wanted, *page, then), at);
}

Result<Response> PastRoutes::diff(const Kind& kind, const Request& request) const {
    if (auto rejection = hidden_past(store, kind, request, request.path_id())) return *rejection;
    const auto from = moments.end_of_range(request, "from", false);
    if (!from) return from.error();
    const auto to = moments.end_of_range(request, "to", true);
    if (!to) return to.error();
    const std::int64_t first = from->value_or(0);
    const std::int64_t last = *to ? **to : store.head_position();
    if (first > last)
        return wrong_parameter("from", "invalid_format", "It is not after the end of the range.");
    const Uuid& tenant = request.principal->tenant_id;
    const std::array keys{StreamKey{kind.name, request.path_id()}};
    const StreamHead before = past.heads(tenant, keys, first).front();
    const StreamHead after = past.heads(tenant, keys, last).front();
    const auto [events, truncated] =
        events_between(store, tenant, keys.front(), before.version, after.version);
    const auto shown = [&](const StreamHead& head, std::int64_t at) {
        return is_there(head) ? record_at(kind, request, head, at) : "null";
    };
    return with_as_of(
        json_response(200,
                      fmt::format(R"({{"before":{},"after":{},"events":[{}],"truncated":{}}})",
                                  shown(before, first), shown(after, last), events, truncated)),
        last);
}

Routes PastRoutes::rows() const {
    Routes routes;
    for (const Kind& kind : registry.kinds()) {
        Route& route = routes.emplace_back();
        route.method = "GET";
        route.path = "/" + kind.plural + "/{id}/diff";
        route.summary = "What changed of a " + kind.name + " between two times";
        route.tag = kind.plural;
        route.permission = Permission::records_read;
        route.query = {range_parameter("from", "After this time or position, or from this day on; "
                                               "the beginning where it is absent."),
                       range_parameter("to", "Up to this time or position, or to the end of this "
                                             "day; now where it is absent.")};
        route.answers = {{200, "The record at both ends, and the events between.", "RecordDiff"}};
        route.handler = [with = *this, &kind](const Request& request) {
            return with.diff(kind, request);
        };
    }
    return routes;
}

JsonObject past_components() {
    const Json record = nullable("object");
    const Json event = JsonObject{{"$ref", "#/components/schemas/Event"}};
    return {{"RecordDiff",
             JsonObject{{"type", "object"},
                        {"description",
                         "A record at two times, null where it was not there; `truncated` "
                         "where more events lie between than are shown."},
                        {"properties", JsonObject{{"before", record},
                                                  {"after", record},
                                                  {"events", array_of(event)},
                                                  {"truncated", typed("boolean")}}},
                        {"required", JsonArray{"before", "after", "events", "truncated"}}}}};
}

} // namespace throughline
