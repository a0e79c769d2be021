#include "api/routes/users.hpp"

#include "api/routes/list_parameters.hpp"
#include "api/routes/list_response.hpp"
#include "api/routes/rows.hpp"
#include "api/routes/write_answer.hpp"
#include "domain/identity/user.hpp"

#include <fmt/format.h>

#include <array>

namespace throughline {

namespace {

const Kind& kind() {
    static const Kind user = user_kind();
    return user;
}

std::string_view no_names(std::string_view, const Uuid&) { return {}; }

Response user_response(int status, const Uuid& id, const Record& record) {
    Response response = json_response(
        status, record_json(kind(), id, record.version, state_text(kind(), record), no_names));
    response.with("ETag", fmt::format("\"{}\"", record.version));
    return response;
}

/// The handlers; copied into each row, so that the rows stand alone.
struct Handlers {
    UserRoutes with;

    [[nodiscard]] Result<Response> list(const Request& request) const {
        const auto wanted = read_list_request(kind(), request.query);
        if (!wanted) return wanted.error();
        auto page =
            with.lists.page(request.principal->tenant_id, Caller::system(), kind(), *wanted);
        if (!page) return page.error();
        for (ListItem& item : page->items) {
            Record record = record_of(kind(), item);
            record.fields = with_initial_values(kind(), std::move(record.fields));
            item.state = state_text(kind(), record);
        }
        return list_response(kind(), *wanted, *page, [](auto) { return no_names; });
    }

    [[nodiscard]] Result<Response> read(const Request& request) const {
        const std::array key{StreamKey{kind().name, request.path_id()}};
        const Record record =
            member_record(with.store.heads(request.principal->tenant_id, key).front());
        if (record.version == 0) return no_such("user");
        return user_response(200, key[0].id, record);
    }

    [[nodiscard]] Result<Response> create(const Request& request) const {
        const auto form = read_new_member(*request.json);
        if (!form) return form.error();
        const auto claim = with.keys.claim(request);
        if (!claim) return claim.error();
        auto context = command_context(request, *claim);
        if (!context) return context.error();
        context->caller = Caller::system(); // the route asks for the permission
        const auto written = with.members.add(*context, request.principal->role, *form);
        if (!written) return written.error();
        if (!form->password && !written->replayed) with.resets.request(form->email);
        Response response = user_response(201, written->id, written->record);
        response.with("Location", "/api/users/" + to_string(written->id));
        return with_position(std::move(response), *written);
    }

    [[nodiscard]] Result<Response> change(const Request& request) const {
        const auto claim = with.keys.claim(request);
        if (!claim) return claim.error();
        auto context = command_context(request, *claim);
        if (!context) return context.error();
        context->caller = Caller::system(); // the route asks for the permission
        const auto written = with.members.change(*context, request.principal->role,
                                                 request.path_id(), *request.json);
        if (!written) return written.error();
        with.authenticator.forget(written->id, context->tenant);
        return with_position(user_response(200, written->id, written->record), *written);
    }
};

} // namespace

Routes UserRoutes::rows() const {
    RowsOf<Handlers> rows(Handlers{*this}, "/users", "users");
    const auto user = [](int status, const char* what) {
        Answer answer{status, what, "User"};
        answer.has_etag = true;
        return answer;
    };
    Route& list = rows.add("GET", "", "List the tenant's users", Permission::users_read,
                           {200, "A page of users.", "UserList"}, &Handlers::list);
    list.query = list_parameters(kind());
    list.projection = "list_user";
    rows.add("POST", "", "Make somebody a user", Permission::users_manage,
             user(201, "The new user."), &Handlers::create)
        .body = json_body("NewUser");
    rows.add("GET", "/{id}", "Read a user", Permission::users_read, user(200, "The user."),
             &Handlers::read);
    rows.add("PATCH", "/{id}", "Change a user's role, or whether they are active",
             Permission::users_manage, user(200, "The user."), &Handlers::change)
        .body = json_body("UserUpdate");
    return std::move(rows).take();
}

} // namespace throughline
