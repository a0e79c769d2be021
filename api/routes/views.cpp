#include "api/routes/views.hpp"

#include "api/openapi.hpp"
#include "api/routes/list_response.hpp"
#include "api/routes/parameters.hpp"
#include "api/routes/rows.hpp"
#include "bus/ids.hpp"
#include "domain/record/schema.hpp"
#include "domain/schema_words.hpp"
#include "domain/view.hpp"
#include "handlers/spent_key.hpp"
#include "projections/cursor.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace throughline {

namespace {

const Kind& stored() {
    static const Kind kind = view_kind();
    return kind;
}

const Json* given(const Json& body, std::string_view name) {
    const Json* const value = body.find(name);
    return value == nullptr || value->is_null() ? nullptr : value;
}

/// What a list would say of the view's order and fields, as faults of the body.
void check_query(const Kind& kind, const Json& view, std::vector<FieldError>& errors) {
    const auto check = [&](const std::string& name, const std::string& value) {
        const auto read = read_list_request(kind, {{name, value}});
        if (read) return;
        for (const FieldError& error : read.error().errors)
            errors.push_back({"/" + name, "invalid_choice", error.detail});
    };
    if (const Json* const sort = given(view, "sort"); sort != nullptr && sort->string() != nullptr)
        check("sort", *sort->string());
    if (const Json* const fields = given(view, "fields"); fields && fields->array() != nullptr)
        for (const Json& field : *fields->array())
            if (field.string() != nullptr) check("fields", *field.string());
}

struct Handlers {
    ViewRoutes with;

    [[nodiscard]] RecordAnswers answers() const { return {with.registry, with.store, with.keys}; }

    [[nodiscard]] static bool is_own(const Request& request, const JsonObject& view) {
        const Json* const owner = view.find("owner_id");
        return owner != nullptr && *owner == Json(to_string(request.principal->user_id));
    }

    /// A view that the caller may read; one's own only where it is to be changed.
    [[nodiscard]] Result<StreamHead> find(const Request& request, bool to_change) const {
        const std::array key{StreamKey{stored().name, request.path_id()}};
        StreamHead head = with.store.heads(request.principal->tenant_id, key).front();
        if (head.version == 0 || head.archived) return no_such(stored().name);
        const JsonObject view = record_from_state(stored(), head.state, head.version, false).fields;
        const bool is_shared = *view.find("shared") == Json(true);
        if (!is_own(request, view) && !is_shared) return no_such(stored().name);
        if (to_change && !is_own(request, view))
            return Rejection{Refusal::forbidden, "Only who made a view changes it."};
        return head;
    }

    /// The body with its kind by the name that is kept.
    [[nodiscard]] Result<Json> named(const Request& request) const {
        Json body = *request.json;
        const Json* const name = given(body, "kind");
        if (name == nullptr || name->string() == nullptr) return body; // told later
        const Kind* const of = with.registry.find(*name->string());
        if (of == nullptr) return invalid({{"/kind", "invalid_choice", "There is no such kind."}});
        body.object()->set("kind", of->name);
        return body;
    }

    /// What the view says of its kind's list.
    [[nodiscard]] Result<void> check(const Uuid& tenant, const Json& view) const {
        const Kind* const of = with.registry.find(view.text("kind"));
        if (of == nullptr) return {};
        const auto kind = with.commands.declared(tenant, *of);
        std::vector<FieldError> errors;
        check_query(*kind, view, errors);
        if (const Json* const filter = given(view, "filter"); filter && filter->object() != nullptr)
            if (const auto read = read_filter_body(*kind, *filter->object(), "/filter"); !read)
                for (const FieldError& error : read.error().errors) errors.push_back(error);
        if (!errors.empty()) return invalid(std::move(errors));
        return {};
    }

    /// The same of a view that is changed, as it will be: others may have changed it meanwhile.
    [[nodiscard]] Companion checked(const Uuid& tenant) const {
        return [on = *this, tenant](const Record& view, const JsonObject& values,
                                    Time) -> Result<std::vector<StreamWrite>> {
            const auto checked = on.check(tenant, changed_view(view.fields, values));
            if (!checked) return checked.error();
            return std::vector<StreamWrite>{};
        };
    }

    /// One's own, then what others share. A cursor is of either list, or says that the second
    /// begins.
    [[nodiscard]] Result<ListPage> mine_first(const Uuid& tenant, const ListRequest& own,
                                              ListRequest others) const {
        const std::string begin = write_cursor("views of others", {});
        const auto page_of = [&](const ListRequest& wanted) {
            return with.lists.page(tenant, Caller::system(), stored(), wanted);
        };
        if (others.cursor == begin) others.cursor.clear();
        auto page = page_of(own);
        if (!page) return page_of(others);
        if (page->next) return page;
        const std::size_t room = own.limit - page->items.size();
        others.cursor.clear();
        others.limit = std::max<std::size_t>(room, 1);
        auto rest = page_of(others);
        if (!rest) return rest.error();
        if (room == 0) {
            if (!rest->items.empty()) page->next = begin;
            return page;
        }
        std::ranges::move(rest->items, std::back_inserter(page->items));
        page->next = std::move(rest->next);
        return page;
    }

    [[nodiscard]] std::int64_t count_of(const Request& request, const ListRequest& of) const {
        ListRequest counted;
        counted.filters = of.filters;
        counted.limit = 1;
        counted.count = true;
        const auto page =
            with.lists.page(request.principal->tenant_id, Caller::system(), stored(), counted);
        return total_of(*page).value_or(0);
    }

    [[nodiscard]] Result<Response> list(const Request& request) const {
        QueryParameters query = request.query;
        std::erase_if(query, [](const auto& given) { return given.first == "kind"; });
        auto own = read_list_request(stored(), query);
        if (!own) return own.error();
        own->sort = {{"name", false}};
        if (const auto of = request.parameter("kind")) {
            const Kind* const kind = with.registry.find(*of);
            if (kind == nullptr)
                return wrong_parameter("kind", "invalid_choice", "There is no such kind.");
            own->filters.push_back({"kind", {}, FilterOp::eq, {kind->name}});
        }
        const std::string me = to_string(request.principal->user_id);
        ListRequest shared = *own;
        own->filters.push_back({"owner_id", {}, FilterOp::eq, {me}});
        shared.filters.push_back({"owner_id", {}, FilterOp::ne, {me}});
        shared.filters.push_back({"shared", {}, FilterOp::eq, {"true"}});
        own->count = shared.count = false;
        auto page = mine_first(request.principal->tenant_id, *own, shared);
        if (!page) return page.error();
        if (const Total total = total_of(
                request, [&] { return count_of(request, *own) + count_of(request, shared); })) {
            page->total = std::min(*total, most_counted);
            page->total_capped = *total > most_counted;
        }
        Names names(with.store, with.registry, *request.principal);
        return list_response(stored(), *own, *page,
                             [&](auto records) { return names.of(std::move(records)); });
    }

    [[nodiscard]] Result<Response> read(const Request& request) const {
        const auto head = find(request, false);
        if (!head) return head.error();
        Response response = json_response(
            200, answers().one(request, stored(), head->stream.id, head->version, head->state));
        response.with("ETag", "\"" + std::to_string(head->version) + "\"");
        return response;
    }

    [[nodiscard]] Result<Response> create(const Request& request) const {
        return command(
            request,
            [&]() -> Result<Json> {
                auto body = named(request);
                if (!body) return body;
                if (const auto checked = check(request.principal->tenant_id, *body); !checked)
                    return checked.error();
                return body;
            },
            [&](const CommandContext& context, const Json& body) {
                return with.commands.create(context, stored(), new_id(), body);
            });
    }

    [[nodiscard]] Result<Response> change(const Request& request) const {
        return command(
            request,
            [&]() -> Result<Json> {
                if (const auto head = find(request, true); !head) return head.error();
                return named(request);
            },
            [&](const CommandContext& context, const Json& body) {
                return with.commands.update(context, stored(), request.path_id(), body,
                                            checked(request.principal->tenant_id));
            });
    }

    [[nodiscard]] Result<Response> remove(const Request& request) const {
        return command(
            request,
            [&]() -> Result<Json> {
                if (const auto head = find(request, true); !head) return head.error();
                return Json();
            },
            [&](const CommandContext& context, const Json&) {
                return with.commands.remove(context, stored(), request.path_id());
            });
    }

    /// `check` gives the body as it is to be kept. It is not asked where the request was done under
    /// its key: the answer is told again. Whose a view is was looked at: no role keeps anybody from
    /// views of their own.
    template <class Check, class Act>
    [[nodiscard]] Result<Response> command(const Request& request, const Check& check,
                                           const Act& act) const {
        return answers().command(request, stored(),
                                 [&](CommandContext context) -> Result<PendingWrite> {
                                     context.caller = Caller::system();
                                     const auto known = outcome_of_key(with.store, context);
                                     if (!known) return known.error();
                                     if (*known)
                                         return act(context, request.json ? *request.json : Json());
                                     const Result<Json> body = check();
                                     if (!body) return body.error();
                                     return act(context, *body);
                                 });
    }
};

} // namespace

Routes ViewRoutes::rows() const {
    RowsOf<Handlers> rows(Handlers{*this}, "/views", "views");
    const auto one = [](int status, const char* what) {
        Answer answer{status, what, "View"};
        answer.has_etag = true;
        return answer;
    };
    Route& list =
        rows.add("GET", "", "List my views and those that are shared", Permission::records_read,
                 {200, "Mine first.", "ViewList"}, &Handlers::list);
    list.query = page_parameters();
    list.query.push_back({"kind", typed("string"), "Only of this kind's list."});
    list.projection = "list_view";
    rows.add("POST", "", "Save a view of a list", Permission::records_read,
             one(201, "The new view."), &Handlers::create)
        .body = json_body("ViewCreate");
    rows.add("GET", "/{id}", "Read a view", Permission::records_read, one(200, "The view."),
             &Handlers::read);
    for (const char* const method : {"PATCH", "PUT"}) {
        Route& change =
            rows.add(method, "/{id}", "Change a view (JSON merge patch)", Permission::records_read,
                     one(200, "The view."), &Handlers::change);
        change.body = json_body("ViewUpdate");
        change.refusals = {403};
    }
    rows.add("DELETE", "/{id}", "Delete a view", Permission::records_read,
             {204, "It is deleted.", ""}, &Handlers::remove)
        .refusals = {403};
    return std::move(rows).take();
}

JsonObject view_components() {
    return {{"View", record_schema(stored())},
            {"ViewCreate", write_schema(stored(), true)},
            {"ViewUpdate", write_schema(stored(), false)},
            {"ViewList", list_schema("View")}};
}

} // namespace throughline
