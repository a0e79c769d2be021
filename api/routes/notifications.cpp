#include "api/routes/notifications.hpp"

#include "api/openapi.hpp"
#include "api/routes/parameters.hpp"
#include "api/routes/rows.hpp"
#include "domain/schema_words.hpp"

namespace throughline {

namespace {

JsonObject notification_json(const Notification& shown) {
    return {{"id", to_string(shown.id)},
            {"type", shown.type},
            {"title", shown.title},
            {"message", shown.message},
            {"read_at", shown.read_at ? Json(to_rfc3339(*shown.read_at)) : Json()},
            {"created_at", to_rfc3339(shown.created_at)}};
}

struct Handlers {
    NotificationRoutes with;

    [[nodiscard]] Result<Response> list(const Request& request) const {
        const bool unread_only = request.parameter("unread") == "true";
        const std::string scope = unread_only ? "unread notifications" : "notifications";
        const auto page = read_page(request, scope, 1);
        if (!page) return page.error();
        Notifications::Page wanted{unread_only, page->limit + 1, {}};
        if (!page->after.empty()) wanted.before = page->after.front();
        const Principal& caller = *request.principal;
        auto found = with.notifications.list(caller.tenant_id, caller.user_id, wanted);
        std::vector<std::int64_t> next;
        if (found.size() > page->limit) {
            found.resize(page->limit);
            next = {found.back().number};
        }
        JsonArray items;
        for (const Notification& each : found) items.emplace_back(notification_json(each));
        return page_response(*page, std::move(items), scope, next, total_of(request, [&] {
            return with.notifications.count(caller.tenant_id, caller.user_id, unread_only,
                                            most_counted + 1);
        }));
    }

    [[nodiscard]] Result<Response> count(const Request& request) const {
        const Principal& caller = *request.principal;
        const auto count = with.notifications.count_unread(caller.tenant_id, caller.user_id);
        return json_response(200, to_text(JsonObject{{"count", count}}));
    }

    [[nodiscard]] Result<Response> read(const Request& request) const {
        std::optional<Notification> marked;
        const auto mark = [&] {
            const Principal& caller = *request.principal;
            marked =
                with.notifications.mark_read(caller.tenant_id, caller.user_id, request.path_id());
            return marked.has_value();
        };
        return with.writes.once(
            request,
            [&](const CommandContext&) -> Result<JsonObject> {
                if (!mark()) return no_such("notification");
                return JsonObject{};
            },
            [&](const JsonObject&) -> Result<Response> {
                if (!marked && !mark()) return no_such("notification");
                return json_response(200, to_text(notification_json(*marked)));
            });
    }

    /// Again under its key it leaves alone what came since.
    [[nodiscard]] Result<Response> read_all(const Request& request) const {
        return with.writes.once(
            request,
            [&](const CommandContext& context) -> Result<JsonObject> {
                with.notifications.mark_all_read(context.tenant, request.principal->user_id);
                return JsonObject{};
            },
            [&](const JsonObject&) { return count(request); });
    }
};

} // namespace

Routes NotificationRoutes::rows() const {
    RowsOf<Handlers> rows({*this}, "/notifications", "notifications");
    const auto add = [&](const char* method, const char* path, const char* summary, Answer answer,
                         RowsOf<Handlers>::Member handler) -> Route& {
        return rows.add(method, path, summary, Permission::account, std::move(answer), handler);
    };
    Route& list = add("GET", "", "List one's notifications",
                      {200, "The newest first.", "NotificationList"}, &Handlers::list);
    list.query = page_parameters();
    list.query.push_back({"unread", JsonObject{{"type", "boolean"}, {"default", false}},
                          "Only those that are not read yet."});
    add("GET", "/unread-count", "How many notifications one has not read",
        {200, "Their number.", "UnreadCount"}, &Handlers::count);
    add("POST", "/{id}/read", "Mark a notification as read",
        {200, "The notification.", "Notification"}, &Handlers::read);
    add("POST", "/read-all", "Mark all of one's notifications as read",
        {200, "How many are left.", "UnreadCount"}, &Handlers::read_all);
    return std::move(rows).take();
}

JsonObject notification_components() {
    const auto time = [](Json type) {
        return Json(JsonObject{{"type", std::move(type)}, {"format", "date-time"}});
    };
    return {{"Notification",
             JsonObject{
                 {"type", "object"},
                 {"required", JsonArray{"id", "type", "title", "message", "read_at", "created_at"}},
                 {"properties", JsonObject{{"id", formatted("uuid")},
                                           {"type", typed("string")},
                                           {"title", typed("string")},
                                           {"message", typed("string")},
                                           {"read_at", time(JsonArray{"string", "null"})},
                                           {"created_at", time("string")}}}}},
            {"NotificationList", list_schema("Notification")},
            {"UnreadCount", JsonObject{{"type", "object"},
                                       {"required", JsonArray{"count"}},
                                       {"properties", JsonObject{{"count", typed("integer")}}}}}};
}

} // namespace throughline
