#include "api/listed_due_records.hpp"

#include "handlers/time_zones.hpp"

#include <array>

namespace throughline {

namespace {

constexpr std::size_t page_size = 200;

std::string zone_of(EventStore& store, const Uuid& tenant) {
    const std::array key{StreamKey{"tenant", tenant}};
    const StreamHead head = store.heads(tenant, key).front();
    const std::string zone =
        head.version == 0 ? "UTC" : parse_json(head.state).text("timezone", "UTC");
    return is_time_zone(zone) ? zone : "UTC";
}

std::string day_text(Time time) { return to_rfc3339(time).substr(0, 10); }

/// When a day begins where the tenant is.
std::optional<Time> begin_of(const std::string& text, const std::string& zone) {
    const auto day = parse_date(text);
    return day ? std::optional(start_of_day(*day, zone)) : std::nullopt;
}

} // namespace

std::vector<DueRecord> ListedDueRecords::due(const Uuid& tenant, const std::string& kind_name,
                                             Time from, Time until) {
    const Kind& kind = *registry_.find(kind_name);
    const bool is_day = kind.name == "task";
    const std::string field = due_field(kind.name);
    const std::string zone = zone_of(store_, tenant);
    ListRequest wanted;
    wanted.limit = page_size;
    wanted.sort = {{field, false}};
    // A day more at both ends: where the tenant is, another day may have begun.
    const auto day = std::chrono::hours(24);
    wanted.filters.push_back(
        {field, {}, FilterOp::gte, {is_day ? day_text(from - day) : to_rfc3339(from)}});
    wanted.filters.push_back(
        {field, {}, FilterOp::lte, {is_day ? day_text(until + day) : to_rfc3339(until)}});
    for (const auto* const done : {"completed", "cancelled"})
        wanted.filters.push_back({"status", {}, FilterOp::ne, {done}});
    std::vector<DueRecord> found;
    for (;;) {
        const auto page = lists_.page(tenant, Caller::system(), kind, wanted);
        if (!page) throw std::runtime_error("what is due: " + page.error().detail);
        for (const ListItem& item : page->items) {
            const Json state = parse_json(item.state);
            const std::string text = state.text(field);
            const auto due = is_day ? begin_of(text, zone) : parse_rfc3339(text);
            if (due && *due > from && *due <= until)
                found.push_back({item.id, *due, parse_rfc3339(state.text("updated_at")).value(),
                                 parse_rfc3339(state.text("created_at")).value()});
        }
        if (!page->next) return found;
        wanted.cursor = *page->next;
    }
}

} // namespace throughline
