#include "api/routes/invitations.hpp"

#include "api/routes/list_parameters.hpp"
#include "api/routes/list_response.hpp"
#include "api/routes/records.hpp"
#include "api/routes/rows.hpp"
#include "api/routes/write_answer.hpp"
#include "domain/identity/invitation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace throughline {

namespace {

const Kind& kind() {
    static const Kind invitation = invitation_kind();
    return invitation;
}

/// The handlers; copied into each row, so that the rows stand alone.
struct Handlers {
    InvitationRoutes with;

    /// Those that wait for an answer, unless another status is asked for.
    [[nodiscard]] Result<Response> list(const Request& request) const {
        auto wanted = read_list_request(kind(), request.query);
        if (!wanted) return wanted.error();
        if (std::ranges::find(wanted->filters, "status", &Filter::field) == wanted->filters.end())
            wanted->filters.push_back({"status", "", FilterOp::eq, {"pending"}});
        const auto page =
            with.lists.page(request.principal->tenant_id, Caller::system(), kind(), *wanted);
        if (!page) return page.error();
        Names names(with.store, with.registry, *request.principal);
        return list_response(kind(), *wanted, *page,
                             [&](auto records) { return names.of(std::move(records)); });
    }

    [[nodiscard]] Result<Response> read(const Request& request) const {
        const std::array key{StreamKey{kind().name, request.path_id()}};
        const StreamHead head = with.store.heads(request.principal->tenant_id, key).front();
        if (head.version == 0 || head.archived) return no_such("invitation");
        Names names(with.store, with.registry, *request.principal);
        names.add(kind(), head.state);
        Response response = json_response(
            200, record_json(kind(), key[0].id, head.version, head.state, names.fetch()));
        response.with("ETag", fmt::format("\"{}\"", head.version));
        return response;
    }

    [[nodiscard]] Result<Response> invite(const Request& request) const {
        const auto form = read_invitation(*request.json);
        if (!form) return form.error();
        const auto claim = with.keys.claim(request);
        if (!claim) return claim.error();
        auto context = command_context(request, *claim);
        if (!context) return context.error();
        context->caller = Caller::system(); // the route asks for the permission
        const auto invited = with.invitations.invite(*context, request.principal->role, *form);
        if (!invited) return invited.error();
        const Written& written = invited->written;
        JsonObject body{{"id", to_string(written.id)}};
        for (const char* const name : {"email", "role", "expires_at"})
            body.append(name, *written.record.fields.find(name));
        body.append("accept_url", invited->accept_url);
        Response response = json_response(201, to_text(std::move(body)));
        response.with("Location", "/api/users/invitations/" + to_string(written.id));
        return with_position(std::move(response), written);
    }

    [[nodiscard]] Result<Response> revoke(const Request& request) const {
        const auto claim = with.keys.claim(request);
        if (!claim) return claim.error();
        auto context = command_context(request, *claim);
        if (!context) return context.error();
        context->caller = Caller::system(); // the route asks for the permission
        const auto written = with.invitations.revoke(*context, request.path_id());
        if (!written) return written.error();
        return with_position(no_content(), *written);
    }

    [[nodiscard]] Result<Response> accept(const Request& request) const {
        const auto form = read_acceptance(*request.json);
        if (!form) return form.error();
        // Any number of tokens may be of one account: what is guessed is its password, as at
        // sign-in.
        const std::string guessed =
            with.invitations.account_to_prove(form->token).value_or(form->token);
        if (const auto too_many = with.guesses.count(guessed, request.remote_address))
            return too_many_guesses(*too_many, request);
        const auto session = as_guess(with.guesses, guessed, request, [&] {
            return with.invitations.accept(*form, request.traceparent);
        });
        if (!session) return session.error();
        with.authenticator.forget(session->as.member.id, session->as.tenant.id);
        Response response = with.sessions.answer(200, *session);
        response.with("Throughline-Position", std::to_string(session->position));
        return response;
    }
};

} // namespace

Routes InvitationRoutes::rows() const {
    RowsOf<Handlers> rows(Handlers{*this}, "/users/invitations", "users");
    const Permission manage = Permission::users_manage;
    Route& list = rows.add("GET", "", "List the invitations that wait for an answer", manage,
                           {200, "A page of invitations.", "InvitationList"}, &Handlers::list);
    list.query = list_parameters(kind());
    list.projection = "list_invitation";
    rows.add("POST", "", "Invite somebody by mail", manage,
             {201, "The invitation, with its link.", "Invited"}, &Handlers::invite)
        .body = json_body("NewInvitation");
    rows.add("GET", "/{id}", "Read an invitation", manage, {200, "The invitation.", "Invitation"},
             &Handlers::read)
        .answers.front()
        .has_etag = true;
    rows.add("DELETE", "/{id}", "Revoke an invitation", manage, {204, "It is revoked.", ""},
             &Handlers::revoke);
    Route& accept = rows.add("POST", "/accept", "Accept an invitation and sign in",
                             Permission::open, {200, "Signed in.", "Session"}, &Handlers::accept);
    accept.body = json_body("Acceptance");
    accept.refusals = {401, 409, 410};
    return std::move(rows).take();
}

} // namespace throughline
