#include "api/routes/records.hpp"

#include "api/routes/list_parameters.hpp"
#include "api/routes/list_response.hpp"
#include "api/routes/parameters.hpp"
#include "api/routes/record_past.hpp"
#include "api/routes/rows.hpp"
#include "bus/ids.hpp"
#include "domain/record/ownership.hpp"
#include "domain/record/view.hpp"
#include "handlers/survivor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>

namespace throughline {

namespace {

/// The handlers of one kind's routes.
struct KindRoutes {
    RecordRoutes with; // a copy: the routes outlive whoever asked for them
    const Kind& kind;

    [[nodiscard]] StreamHead head(const Request& request) const {
        const std::array keys{StreamKey{kind.name, request.path_id()}};
        return with.store.heads(request.principal->tenant_id, keys).front();
    }

    [[nodiscard]] Result<Response> list(const Request& request) const {
        const auto at = with.past.moments.as_of(request);
        if (!at) return at.error();
        const auto own = with.kinds.of(request.principal->tenant_id, kind);
        if (*at) return with.past.list(*own, request, **at);
        const auto wanted = read_list_request(*own, request.query);
        if (!wanted) return wanted.error();
        const auto page = with.lists.page(request.principal->tenant_id, request.principal->caller(),
                                          kind, *wanted);
        if (!page) return page.error();
        Names names(with.store, with.registry, *request.principal);
        return list_response(kind, *wanted, *page,
                             [&](auto records) { return names.of(std::move(records)); });
    }

    [[nodiscard]] Result<Response> create(const Request& request) const {
        return with.answers().command(request, kind, [&](const CommandContext& context) {
            return with.commands.create(context, kind, new_id(), *request.json);
        });
    }

    [[nodiscard]] Result<Response> read(const Request& request) const;

    /// A merged record is read as the one it was merged into, and says which that is.
    [[nodiscard]] Result<Response> found(const Request& request, const StreamHead& asked) const {
        const StreamHead head = survivor_of(with.store, request.principal->tenant_id, asked);
        if (head.version == 0 || head.archived) return no_such(kind.name);
        if (!sees(request.principal->caller(), kind, head.state)) return hidden(kind.name);
        Response response = json_response(
            200, with.answers().one(request, kind, head.stream.id, head.version, head.state));
        response.with("ETag", fmt::format("\"{}\"", head.version));
        if (head.stream.id != asked.stream.id)
            response.with("Content-Location", path_of(kind, head.stream.id));
        return response;
    }

    [[nodiscard]] Result<Response> update(const Request& request) const {
        return with.answers().command(request, kind, [&](const CommandContext& context) {
            return with.commands.update(context, kind, request.path_id(), *request.json);
        });
    }

    [[nodiscard]] Result<Response> remove(const Request& request) const {
        return with.answers().command(request, kind, [&](const CommandContext& context) {
            return with.commands.remove(context, kind, request.path_id());
        });
    }

    [[nodiscard]] Result<Response> restore(const Request& request) const {
        return with.answers().command(request, kind, [&](const CommandContext& context) {
            return with.commands.restore(context, kind, request.path_id());
        });
    }

    [[nodiscard]] Result<Response> history(const Request& request) const {
        const StreamHead of = head(request);
        if (of.version == 0) return no_such(kind.name);
        if (!sees(request.principal->caller(), kind, of.state)) return hidden(kind.name);
        const auto wanted = read_offset(request);
        if (!wanted) return wanted.error();
        AuditFilter filter;
        filter.entity_type = kind.name;
        filter.entity_id = request.path_id();
        const auto page = with.audit.page(request.principal->tenant_id, filter, *wanted);
        if (!page) return page.error();
        return offset_response(*wanted, *page);
    }
};

/// The answer to a read that is gathered with others.
class ReadUnderWay : public PendingResponse {
  public:
    ReadUnderWay(const KindRoutes& on, const Request& request, Pending<StreamHead> head)
        : on_(on), request_(request), head_(std::move(head)) {}

    void on_ready(std::function<void()> callback) override { head_.then(std::move(callback)); }
    [[nodiscard]] Result<Response> finish() override { return on_.found(request_, head_.get()); }

  private:
    const KindRoutes on_;
    const Request& request_;
    const Pending<StreamHead> head_;
};

Result<Response> KindRoutes::read(const Request& request) const {
    const auto at = with.past.moments.as_of(request);
    if (!at) return at.error();
    if (*at) return with.past.read(kind, request, **at);
    Response response;
    response.pending = std::make_unique<ReadUnderWay>(
        *this, request,
        with.heads.head(request.principal->tenant_id, {kind.name, request.path_id()}));
    return response;
}

using Rows = RowsOf<KindRoutes>;

Answer shown(const Kind& kind, int status, const std::string& what) {
    Answer answer{status, what + kind.name + ".", component_name(kind)};
    answer.has_etag = true;
    return answer;
}

void add_collection(Rows& rows, const Kind& kind) {
    Route& list = rows.add("GET", "", "List " + kind.plural, Permission::records_read,
                           {200, "A page of " + kind.plural + ".", component_name(kind, "List")},
                           &KindRoutes::list);
    list.query = list_parameters(kind);
    list.query.push_back(as_of_parameter());
    list.projection = "list_" + kind.name;
    rows.add("POST", "", "Create a " + kind.name, Permission::records_create,
             shown(kind, 201, "The new "), &KindRoutes::create)
        .body = json_body(component_name(kind, "Create"));
}

void add_record(Rows& rows, const Kind& kind) {
    const Answer the_record = shown(kind, 200, "The ");
    rows.add("GET", "/{id}", "Read a " + kind.name, Permission::records_read, the_record,
             &KindRoutes::read)
        .query = {as_of_parameter()};
    rows.add("PATCH", "/{id}", "Change a " + kind.name + " (JSON merge patch)",
             Permission::records_change, the_record, &KindRoutes::update)
        .body = json_body(component_name(kind, "Update"));
    rows.add("PUT", "/{id}", "Change a " + kind.name + " (the same as PATCH)",
             Permission::records_change, the_record, &KindRoutes::update)
        .body = json_body(component_name(kind, "Update"));
    rows.add("DELETE", "/{id}", "Delete a " + kind.name, Permission::records_delete,
             {204, "It is deleted.", ""}, &KindRoutes::remove);
    rows.add("POST", "/{id}/restore", "Bring a deleted " + kind.name + " back",
             Permission::records_delete, the_record, &KindRoutes::restore);
}

void add_history(Rows& rows, const Kind& kind) {
    Route& history =
        rows.add("GET", "/{id}/history", "Audit items of a " + kind.name, Permission::records_read,
                 {200, "Newest first.", "AuditPage"}, &KindRoutes::history);
    history.query = offset_parameters();
    history.projection = "audit";
}

} // namespace

Routes RecordRoutes::rows() const {
    Routes routes;
    for (const Kind& kind : registry.kinds()) {
        Rows rows({*this, kind}, "/" + kind.plural, kind.plural);
        add_collection(rows, kind);
        add_record(rows, kind);
        add_history(rows, kind);
        std::ranges::move(std::move(rows).take(), std::back_inserter(routes));
    }
    return routes;
}

Routes with_other_names(Routes routes, const Registry& registry) {
    const std::size_t count = routes.size();
    for (const Kind& kind : registry.kinds()) {
        if (kind.also_plural.empty()) continue;
        const std::string own = "/" + kind.plural;
        for (std::size_t i = 0; i < count; ++i) {
            const std::string& path = routes[i].path;
            if (path != own && !path.starts_with(own + "/")) continue;
            Route other = routes[i];
            other.path = "/" + kind.also_plural + path.substr(own.size());
            routes.push_back(std::move(other));
        }
    }
    return routes;
}

} // namespace throughline
