#include "projections/timeline.hpp"

#include "bus/pg_text.hpp"
#include "projections/audit.hpp"
#include "projections/event_change.hpp"
#include "projections/event_pages.hpp"
#include "projections/table.hpp"
#include "projections/timeline_item.hpp"
#include "projections/visibility.hpp"

#include <pqxx/pqxx>

namespace throughline {

namespace {

using Titles = std::map<StreamKey, std::string>;

EventQuery query_of(const Uuid& tenant, const Caller& caller, const Registry& registry,
                    const TimelineFilter& filter) {
    EventQuery query{"timeline", {}, {}, "timeline"};
    const auto add = [&](const std::string& before, const std::string& value,
                         const std::string& after) {
        query.where +=
            (query.where.empty() ? "" : " and ") + before + query.parameters.add(value) + after;
        query.identity += '\n' + before + value;
    };
    add("tenant_id = ", to_string(tenant), "::uuid");
    add("entity_kind = ", filter.entity.kind, "::text");
    add("entity_id = ", to_string(filter.entity.id), "::uuid");
    if (filter.from) add("\"timestamp\" >= ", pg_time(*filter.from), "::timestamptz");
    if (filter.to) add("\"timestamp\" < ", pg_time(*filter.to), "::timestamptz");
    if (filter.as_of) {
        add("position <= ", std::to_string(*filter.as_of), "::bigint");
        // The last that is told of a merged record is its merge.
        add("not exists (select from timeline as told where told.tenant_id = timeline.tenant_id"
            " and told.entity_kind = timeline.entity_kind and told.entity_id = timeline.entity_id"
            " and told.merged_from = timeline.merged_from and told.position > ",
            std::to_string(*filter.as_of), "::bigint)");
    }
    if (!filter.types.empty()) {
        PgArray types;
        for (const std::string& type : filter.types) types.add(type);
        add("type = any(", types.text(), "::text[])");
    }
    if (const std::string hidden = hidden_streams(caller, registry, query.parameters);
        !hidden.empty())
        query.where += " and not exists (select from events join streams"
                       " on streams.kind = events.kind and streams.id = events.stream_id"
                       " and streams.tenant_id = events.tenant_id"
                       " where events.position = timeline.position and " +
                       hidden + ")";
    return query;
}

/// What the items name: the records they come from, and whatever their summaries mention.
Titles read_names(pqxx::transaction_base& transaction, const Uuid& tenant, const Caller& caller,
                  const Registry& registry, const std::vector<StoredEvent>& events) {
    std::set<StreamKey> named;
    for (const StoredEvent& event : events) {
        named.insert(event.stream);
        (void)timeline_summary(registry, event, [&](const StreamKey& key) {
            named.insert(key);
            return std::string();
        });
    }
    return read_titles(transaction, tenant, caller, registry, named);
}

std::string item_text(const Registry& registry, const StreamKey& entity, const StoredEvent& event,
                      const People& people, const Titles& titles) {
    const auto name_of = [&](const StreamKey& key) {
        const auto found = titles.find(key);
        return found == titles.end() ? std::string() : found->second;
    };
    const std::string type = timeline_type(event, entity);
    TimelineItem item;
    if (type == "audit") {
        EventChange change = change_of(event);
        item = {timeline_summary(registry, event, name_of),
                {{"action", audit_action(event.type)},
                 {"before", std::move(change.before)},
                 {"after", std::move(change.after)}}};
    } else {
        item = timeline_item(event, type);
    }
    JsonObject& details = item.details;
    if (event.stream != entity)
        details.append("via", JsonObject{{"entity_type", event.stream.kind},
                                         {"id", to_string(event.stream.id)},
                                         {"name", name_of(event.stream)}});
    return to_text(JsonObject{{"type", type},
                              {"timestamp", to_rfc3339(event.time)},
                              {"summary", item.summary},
                              {"details", std::move(details)},
                              {"user", actor_of(event, people)}});
}

} // namespace

Result<OffsetPage> Timeline::page(const Uuid& tenant, const Registry& kinds, const Caller& caller,
                                  const TimelineFilter& filter, const OffsetRequest& request) {
    const EventQuery query = query_of(tenant, caller, kinds, filter);
    const auto before = position_of_cursor(query, request);
    if (!before) return before.error();
    OffsetPage page;
    app_.read(tenant, [&](pqxx::transaction_base& transaction) {
        EventPage read = read_event_page(transaction, query, request, *before);
        const People people = read_people(transaction, tenant, read.events);
        const Titles titles = read_names(transaction, tenant, caller, kinds, read.events);
        page = std::move(read.page);
        for (const StoredEvent& event : read.events)
            page.items.push_back(item_text(kinds, filter.entity, event, people, titles));
    });
    return page;
}

} // namespace throughline
