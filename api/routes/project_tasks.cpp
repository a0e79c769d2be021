#include "api/routes/project_tasks.hpp"

#include "api/openapi.hpp"
#include "api/routes/list_parameters.hpp"
#include "api/routes/list_response.hpp"
#include "api/routes/record_answers.hpp"
#include "api/routes/record_past.hpp"
#include "api/routes/rows.hpp"
#include "domain/record/ownership.hpp"
#include "domain/schema_words.hpp"
#include "handlers/survivor.hpp"

#include <array>

namespace throughline {

namespace {

struct Handlers {
    ProjectTaskRoutes with;

    /// The project, or what it is merged into, that was there then, or is there now; hidden from
    /// whom it is hidden now.
    [[nodiscard]] Result<Uuid> find_project(const Request& request,
                                            std::optional<std::int64_t> at) const {
        const Kind& project = *with.registry.find("project");
        const Uuid& tenant = request.principal->tenant_id;
        const auto head_now = [&](const StreamKey& of) {
            return with.store.heads(tenant, std::array{of}).front();
        };
        const StreamKey asked{project.name, request.path_id()};
        const StreamHead head = at ? stood_for(with.past, tenant, asked, *at)
                                   : survivor_of(with.store, tenant, head_now(asked));
        if (head.version == 0 || head.archived) return no_such(project.name);
        const StreamHead now = at ? head_now(head.stream) : head;
        if (!sees(request.principal->caller(), project, now.state)) return hidden(project.name);
        return head.stream.id;
    }

    [[nodiscard]] Result<Response> list(const Request& request) const {
        const auto at = with.moments.as_of(request);
        if (!at) return at.error();
        const auto project = find_project(request, *at);
        if (!project) return project.error();
        const Uuid& tenant = request.principal->tenant_id;
        const Caller caller = request.principal->caller();
        const auto kind = with.kinds.of(tenant, *with.registry.find("task"));
        auto wanted = read_list_request(*kind, without_as_of(request.query));
        if (!wanted) return wanted.error();
        wanted->as_of = *at;
        wanted->filters.push_back({"project_id", {}, FilterOp::eq, {to_string(*project)}});
        const auto page = with.lists.page(tenant, caller, *kind, *wanted);
        if (!page) return page.error();
        JsonObject counts;
        for (const std::string& status : kind->field("status")->choices) counts.append(status, 0);
        for (const auto& [status, count] :
             with.lists.counts(tenant, caller, *kind, *wanted, "status"))
            counts.set(status, count);
        Names names(with.store, with.registry, *request.principal);
        Response response = list_response(*kind, *wanted, *page, [&](auto records) {
            return *at ? names.of_then(std::move(records), with.past, **at)
                       : names.of(std::move(records));
        });
        response.body.pop_back();
        response.body += ",\"counts\":" + to_text(Json(std::move(counts))) + "}";
        if (*project != request.path_id())
            response.with("Content-Location",
                          path_of(*with.registry.find("project"), *project) + "/tasks");
        return *at ? with_as_of(std::move(response), **at) : std::move(response);
    }
};

} // namespace

Routes ProjectTaskRoutes::rows() const {
    RowsOf<Handlers> rows(Handlers{*this}, "/projects", "projects");
    Route& list = rows.add("GET", "/{id}/tasks", "List a project's tasks, counted by status",
                           Permission::records_read, {200, "A page of tasks.", "ProjectTaskList"},
                           &Handlers::list);
    list.query = list_parameters(*registry.find("task"));
    list.query.push_back(as_of_parameter());
    list.projection = "list_task";
    return std::move(rows).take();
}

JsonObject project_task_components() {
    Json list = list_schema("Task");
    list.object()
        ->find("properties")
        ->object()
        ->append("counts", JsonObject{{"type", "object"},
                                      {"description", "Of the tasks that fit, by status."},
                                      {"additionalProperties", typed("integer")}});
    return {{"ProjectTaskList", std::move(list)}};
}

} // namespace throughline
