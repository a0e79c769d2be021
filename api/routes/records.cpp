#include "api/routes/records.hpp"

#include "api/routes/list_parameters.hpp"
#include "api/routes/list_response.hpp"
#include "api/routes/parameters.hpp"
#include "api/routes/record_past.hpp"
#include "bus/ids.hpp"
#include "domain/record/ownership.hpp"
#include "domain/record/view.hpp"
#include "handlers/survivor.hpp"

#include <fmt/format.h>

#include <array>
#include <functional>

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

} // namespace

Routes RecordRoutes::rows() const {
    Routes routes;
    for (const Kind& kind : registry.kinds()) {
        const KindRoutes on{*this, kind};
        const std::string all = "/" + kind.plural;
        const std::string one = all + "/{id}";
        const auto json = [&](std::string_view suffix) {
            BodyRule rule;
            rule.form = BodyRule::Form::json;
            rule.schema = component_name(kind, suffix);
            return rule;
        };
        const auto shown = [&](int status, const std::string& what) {
            Answer answer{status, what + kind.name + ".", component_name(kind)};
            answer.has_etag = true;
            return std::vector<Answer>{std::move(answer)};
        };
        const auto add = [&](Permission permission, std::string method, const std::string& path,
                             const std::string& summary,
                             Result<Response> (KindRoutes::*handler)(const Request&)
                                 const) -> Route& {
            Route& route = routes.emplace_back();
            route.method = std::move(method);
            route.path = path;
            route.summary = summary;
            route.tag = kind.plural;
            route.permission = permission;
            route.answers = shown(200, "The ");
            route.handler = [on, handler](const Request& request) {
                return (on.*handler)(request);
            };
            return route;
        };

        Route& list =
            add(Permission::records_read, "GET", all, "List " + kind.plural, &KindRoutes::list);
        list.query = list_parameters(kind);
        list.query.push_back(as_of_parameter());
        list.answers = {{200, "A page of " + kind.plural + ".", component_name(kind, "List")}};
        list.projection = "list_" + kind.name;

        Route& create = add(Permission::records_create, "POST", all, "Create a " + kind.name,
                            &KindRoutes::create);
        create.body = json("Create");
        create.answers = shown(201, "The new ");

        Route& read =
            add(Permission::records_read, "GET", one, "Read a " + kind.name, &KindRoutes::read);
        read.query = {as_of_parameter()};

        add(Permission::records_change, "PATCH", one,
            "Change a " + kind.name + " (JSON merge patch)", &KindRoutes::update)
            .body = json("Update");
        add(Permission::records_change, "PUT", one,
            "Change a " + kind.name + " (the same as PATCH)", &KindRoutes::update)
            .body = json("Update");
        add(Permission::records_delete, "DELETE", one, "Delete a " + kind.name, &KindRoutes::remove)
            .answers = {{204, "It is deleted.", ""}};
        add(Permission::records_delete, "POST", one + "/restore",
            "Bring a deleted " + kind.name + " back", &KindRoutes::restore);

        Route& history = add(Permission::records_read, "GET", one + "/history",
                             "Audit items of a " + kind.name, &KindRoutes::history);
        history.query = offset_parameters();
        history.answers = {{200, "Newest first.", "AuditPage"}};
        history.projection = "audit";
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
