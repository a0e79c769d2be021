#include "projections/audit.hpp"

#include "domain/text.hpp"
#include "projections/event_change.hpp"
#include "projections/event_pages.hpp"
#include "projections/table.hpp"

#include <pqxx/pqxx>

namespace throughline {

namespace {

EventQuery query_of(const Uuid& tenant, const AuditFilter& filter) {
    EventQuery query{"audit", {}, {}, "audit"};
    const auto add = [&](const std::string& condition, const std::string& value,
                         const std::string& type) {
        query.where += (query.where.empty() ? "" : " and ") + condition +
                       query.parameters.add(value) + "::" + type;
        query.identity += '\n' + condition + value;
    };
    add("tenant_id = ", to_string(tenant), "uuid");
    if (!filter.entity_type.empty()) add("entity_type = ", case_folded(filter.entity_type), "text");
    if (filter.entity_id) add("entity_id = ", to_string(*filter.entity_id), "uuid");
    if (!filter.action.empty()) add("action = ", audit_action(filter.action), "text");
    if (filter.user_id) add("user_id = ", to_string(*filter.user_id), "uuid");
    if (!filter.channel.empty()) add("channel = ", case_folded(filter.channel), "text");
    if (filter.from) add("\"timestamp\" >= ", pg_time(*filter.from), "timestamptz");
    if (filter.to) add("\"timestamp\" < ", pg_time(*filter.to), "timestamptz");
    return query;
}

std::string item_text(const StoredEvent& event, const People& people) {
    EventChange change = change_of(event);
    const Uuid& actor = event.origin.actor_id;
    return to_text(JsonObject{{"id", to_string(event.id)},
                              {"position", event.position},
                              {"timestamp", to_rfc3339(event.time)},
                              {"event", event.type},
                              {"entity_type", event.stream.kind},
                              {"entity_id", to_string(event.stream.id)},
                              {"action", audit_action(event.type)},
                              {"tenant_id", to_string(event.tenant)},
                              {"user_id", actor.is_nil() ? Json() : Json(to_string(actor))},
                              {"user", actor_of(event, people)},
                              {"channel", event.origin.channel},
                              {"before", std::move(change.before)},
                              {"after", std::move(change.after)},
                              {"metadata", event.origin.details},
                              {"correlation_id", to_string(event.origin.correlation_id)}});
}

} // namespace

Result<OffsetPage> Audit::page(const Uuid& tenant, const AuditFilter& filter,
                               const OffsetRequest& request) {
    const EventQuery query = query_of(tenant, filter);
    const auto before = position_of_cursor(query, request);
    if (!before) return before.error();
    OffsetPage page;
    app_.read(tenant, [&](pqxx::transaction_base& transaction) {
        EventPage read = read_event_page(transaction, query, request, *before);
        const People people = read_people(transaction, tenant, read.events);
        page = std::move(read.page);
        for (const StoredEvent& event : read.events) page.items.push_back(item_text(event, people));
    });
    return page;
}

} // namespace throughline
