#include "api/routes/timeline.hpp"

#include "api/routes/parameters.hpp"
#include "domain/record/ownership.hpp"
#include "domain/schema_words.hpp"

#include <algorithm>
#include <array>

namespace throughline {
namespace {

constexpr std::array item_types{"meeting", "audit", "email",     "message",
                                "task",    "note",  "automation"};

Result<std::vector<std::string>> read_types(const Request& request) {
    std::vector<std::string> types;
    const auto text = request.parameter("types");
    if (!text) return types;
    for (std::size_t begin = 0; begin <= text->size();) {
        const std::size_t end = std::min(text->find(',', begin), text->size());
        types.emplace_back(text->substr(begin, end - begin));
        if (std::find(item_types.begin(), item_types.end(), types.back()) == item_types.end())
            return wrong_parameter(
                "types", "invalid_choice",
                "Takes meeting, audit, email, message, task, note and automation.");
        begin = end + 1;
    }
    return types;
}

Result<Response> show(const TimelineRoutes& with, const Request& request) {
    const auto kind = entity_kind(with.registry, request.path_parameter("entity_type"));
    if (!kind)
        return Rejection{
            Refusal::invalid,
            "There is no such kind of entity.",
            {{"entity_type", "invalid_choice", "Takes contact, organization, ….", true}}};
    TimelineFilter filter;
    filter.entity = {*kind, request.path_id("entity_id")};
    const std::array keys{filter.entity};
    const Caller caller = request.principal->caller();
    const Uuid& tenant = request.principal->tenant_id;
    const StreamHead head = with.store.heads(tenant, keys).front();
    if (head.version == 0) return no_such(*kind);
    if (!sees(caller, with.registry, *kind, head.state)) return hidden(*kind);
    const auto as_of = with.moments.as_of(request);
    if (!as_of) return as_of.error();
    if (*as_of && with.past.heads(tenant, keys, **as_of).front().version == 0)
        return no_such(*kind);
    const auto wanted = read_offset(request);
    if (!wanted) return wanted.error();
    const auto from = read_moment(request, "from", false);
    if (!from) return from.error();
    const auto to = read_moment(request, "to", true);
    if (!to) return to.error();
    auto types = read_types(request);
    if (!types) return types.error();
    filter.from = *from;
    filter.to = *to;
    filter.types = std::move(*types);
    filter.as_of = *as_of;
    const auto page =
        with.timeline.page(tenant, with.kinds.registry_of(tenant), caller, filter, *wanted);
    if (!page) return page.error();
    Response response = offset_response(*wanted, *page);
    return *as_of ? with_as_of(std::move(response), **as_of) : std::move(response);
}

} // namespace

Routes TimelineRoutes::rows() const {
    const Json text = typed("string");
    Route route;
    route.method = "GET";
    route.path = "/timeline/{entity_type}/{entity_id}";
    route.summary = "Everything that happened around one record";
    route.tag = "timeline";
    route.permission = Permission::records_read;
    route.query = offset_parameters();
    route.query.push_back({"from", moment_schema(), "From this time or day on."});
    route.query.push_back({"to", moment_schema(), "Before this time, or to the end of this day."});
    route.query.push_back({"types", text, "Only these types of item, comma separated."});
    route.query.push_back(as_of_parameter());
    route.answers = {{200, "Newest first.", "TimelinePage"}};
    route.projection = "timeline";
    route.id_parameters = {"entity_id"};
    route.handler = [with = *this](const Request& request) { return show(with, request); };
    return {std::move(route)};
}

} // namespace throughline
