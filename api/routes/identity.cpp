#include "api/routes/identity.hpp"

#include "api/problem.hpp"
#include "api/routes/rows.hpp"
#include "api/routes/write_answer.hpp"
#include "bus/ids.hpp"
#include "domain/identity/user.hpp"
#include "domain/text.hpp"
#include "handlers/time_zones.hpp"

#include <fmt/format.h>

namespace throughline {

namespace {

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

JsonObject tenant_json(const Tenant& tenant) {
    return {{"id", to_string(tenant.id)}, {"slug", tenant.slug}, {"name", tenant.name}};
}

JsonObject user_json(const Member& member) {
    return {{"id", to_string(member.id)},
            {"name", member.name},
            {"email", member.email},
            {"role", member.role}};
}

Member member_of(const Written& done) {
    const Json fields = done.record.fields;
    return {done.id,
            done.record.version,
            fields.text("name"),
            fields.text("email"),
            fields.text("role"),
            fields.text("timezone"),
            fields.text("locale")};
}

/// The handlers; copied into each row, so that the rows stand alone.
struct Handlers {
    IdentityRoutes with;

    [[nodiscard]] Result<Response> register_tenant(const Request& request) const {
        const auto form = read_registration(*request.json);
        if (!form) return form.error();
        const auto registered = with.accounts.register_tenant(*form, request.traceparent);
        if (!registered) return registered.error();
        Response response = with.sessions.answer(201, *registered);
        response.with("Location", "/api/me");
        response.with("Throughline-Position", std::to_string(registered->position));
        return response;
    }

    [[nodiscard]] Result<Response> sign_in(const Request& request) const {
        const auto form = read_sign_in(*request.json);
        if (!form) return form.error();
        const std::string account = normal_email(form->email);
        if (const auto too_many = with.guesses.count(account, request.remote_address))
            return too_many_guesses(*too_many, request);
        const auto signed_in =
            as_guess(with.guesses, account, request, [&] { return with.accounts.sign_in(*form); });
        if (!signed_in) return signed_in.error();
        return with.sessions.answer(200, *signed_in);
    }

    [[nodiscard]] Result<Response> refresh(const Request& request) const {
        const auto token = read_refresh_token(*request.json);
        if (!token) return token.error();
        const auto signed_in = with.accounts.refresh(*token);
        if (!signed_in) {
            if (const auto user = with.credentials.user_of(*token)) // it may have ended its session
                with.authenticator.forget_user(*user);
            return signed_in.error();
        }
        return with.sessions.answer(200, *signed_in);
    }

    /// Ends the session of the refresh token in the body, or of the bearer token where there is
    /// none. A token that means nothing any more is as good as signed out.
    [[nodiscard]] Result<Response> sign_out(const Request& request) const {
        if (request.json != nullptr && !request.json->object()->empty()) {
            const auto token = read_refresh_token(*request.json);
            if (!token) return token.error();
            if (const auto user = with.credentials.revoke_family(*token))
                with.authenticator.forget_user(*user);
            return no_content();
        }
        const auto said = with.authenticator.claims(request);
        if (!said)
            return Rejection{Refusal::unauthenticated,
                             "A refresh token or a bearer token is needed."};
        with.credentials.revoke_family(said->id);
        with.authenticator.forget_user(said->user);
        return no_content();
    }

    /// The same answer, at once, whoever asks for whatever address.
    [[nodiscard]] Result<Response> ask_for_reset(const Request& request) const {
        const auto email = read_reset_request(*request.json);
        if (!email) return email.error();
        with.resets.request(*email);
        Response response = no_content();
        response.status = 202;
        return response;
    }

    [[nodiscard]] Result<Response> reset_password(const Request& request) const {
        const auto form = read_password_reset(*request.json);
        if (!form) return form.error();
        if (const auto too_many = with.guesses.count(form->token, request.remote_address))
            return too_many_guesses(*too_many, request);
        const auto user = as_guess(with.guesses, form->token, request,
                                   [&] { return with.resets.confirm(*form, request.traceparent); });
        if (!user) return user.error();
        with.authenticator.forget_user(*user);
        return no_content();
    }

    [[nodiscard]] Result<Response> show_me(const Request& request) const {
        return me(request, nullptr);
    }

    /// With `answered` instead of what is known of the caller by now.
    [[nodiscard]] Result<Response> me(const Request& request, const Member* answered) const {
        const auto all = with.accounts.memberships(request.principal->user_id);
        JsonArray tenants;
        JsonObject body;
        std::int64_t version = 0;
        for (const Membership& as : all) {
            const bool is_in_force = as.tenant.id == request.principal->tenant_id;
            if (request.principal->is_bound && !is_in_force) continue; // it opens none of them
            JsonObject tenant = tenant_json(as.tenant);
            tenant.append("role", as.member.role);
            tenants.emplace_back(std::move(tenant));
            if (!is_in_force) continue;
            const Member& member = answered != nullptr ? *answered : as.member;
            JsonObject user = user_json(member);
            user.append("timezone", text_or_null(member.timezone));
            user.append("locale", text_or_null(member.locale));
            version = member.version;
            user.append("version", version);
            body.append("user", std::move(user));
            body.append("tenant", tenant_json(as.tenant));
            body.append("role", request.principal->role);
        }
        if (body.empty())
            return Rejection{Refusal::unauthenticated,
                             "The user of this token is no longer a member."};
        body.append("tenants", std::move(tenants));
        Response response = json_response(200, to_text(body));
        response.with("ETag", fmt::format("\"{}\"", version));
        return response;
    }

    [[nodiscard]] Result<Response> change_me(const Request& request) const {
        static const Kind kind = user_kind();
        if (const auto checked = check_profile(*request.json, is_time_zone); !checked)
            return checked.error();
        auto claim = with.writes.keys.claim(request);
        if (!claim) return claim.error();
        auto context = command_context(request, *claim);
        if (!context) return context.error();
        context->caller = Caller::system(); // one's own account is no record
        auto begun =
            with.commands.update(*context, kind, request.principal->user_id, *request.json);
        if (!begun) return begun.error();
        return answer_to_write(
            std::move(*claim), std::move(*begun),
            [self = *this, &request](const Written& done) { return self.changed(request, done); });
    }

    [[nodiscard]] Result<Response> changed(const Request& request, const Written& done) const {
        with.authenticator.forget(request.principal->user_id, request.principal->tenant_id);
        const Member answered = member_of(done);
        auto response = me(request, &answered);
        if (!response) return response; // no longer a member
        return with_position(std::move(*response), done);
    }

    /// Again under its key it looks at no password: the one that it names as current is none any
    /// more. Another body under the key is a guess at these two, and counts as one.
    [[nodiscard]] Result<Response> change_password(const Request& request) const {
        const auto form = read_password_change(*request.json);
        if (!form) return form.error();
        const Uuid& user = request.principal->user_id;
        if (const auto too_many = with.guesses.count(to_string(user), request.remote_address))
            return too_many_guesses(*too_many, request);
        const auto change = [&](const CommandContext&) -> Result<JsonObject> {
            const auto said = with.authenticator.claims(request);
            const auto changed = with.accounts.change_password(
                user, *form, said ? said->id : Uuid{}, request.traceparent);
            if (!changed) return changed.error();
            with.authenticator.forget_user(user);
            return JsonObject{};
        };
        return as_guess(with.guesses, to_string(user), request, [&] {
            return with.writes.once(request, change, [](const JsonObject&) -> Result<Response> {
                return no_content();
            });
        });
    }
};

} // namespace

Claims claims_of(const SignedIn& session, Time at, std::chrono::seconds lifetime) {
    const auto issued = std::chrono::floor<std::chrono::seconds>(at);
    return {session.as.member.id, session.as.tenant.id, session.as.member.role, issued,
            issued + lifetime,    session.access_id};
}

Response too_many_guesses(const TooManyGuesses& limit, const Request& request) {
    Response response = problem_response(429, "Too many attempts. Try again later.", request);
    const auto wait = limit.wait.count();
    response.with("Retry-After", std::to_string(wait));
    response.with("RateLimit-Policy",
                  fmt::format("\"guess\";q={};w={}", limit.quota, GuessLimits::window.count()));
    response.with("RateLimit", fmt::format("\"guess\";r=0;t={}", wait));
    return response;
}

Response SessionAnswers::answer(int status, const SignedIn& session) const {
    JsonObject body;
    body.append("user", user_json(session.as.member));
    body.append("tenant", tenant_json(session.as.tenant));
    body.append("access_token", tokens.issue(claims_of(session, now(), access_lifetime)));
    body.append("refresh_token", session.refresh_token);
    body.append("token_type", "Bearer");
    body.append("expires_in", access_lifetime.count());
    return json_response(status, to_text(body));
}

Routes IdentityRoutes::rows() const {
    RowsOf<Handlers> rows(Handlers{*this}, "", "identity");
    const auto open = [&](const char* path, const char* summary, const char* body, Answer answer,
                          RowsOf<Handlers>::Member handler) -> Route& {
        Route& route =
            rows.add("POST", path, summary, Permission::open, std::move(answer), handler);
        route.body = json_body(body);
        route.refusals = {401, 409, 410};
        return route;
    };
    const Answer session{200, "Signed in.", "Session"};
    open("/auth/register", "Register a tenant and its owner", "Registration",
         {201, "Registered and signed in.", "Session"}, &Handlers::register_tenant);
    open("/auth/login", "Sign in", "SignIn", session, &Handlers::sign_in);
    open("/auth/refresh", "Trade a refresh token for new tokens", "RefreshToken", session,
         &Handlers::refresh);
    Route& sign_out =
        open("/auth/logout", "Sign out", "SignOut", {204, "Signed out.", ""}, &Handlers::sign_out);
    sign_out.body.form = BodyRule::Form::optional_json;
    open("/auth/password-reset", "Ask for a link to choose a new password", "ResetRequest",
         {202, "If the address has an account, a link is on its way.", ""},
         &Handlers::ask_for_reset);
    open("/auth/password-reset/confirm", "Choose a new password", "PasswordReset",
         {204, "Changed; all sessions are signed out.", ""}, &Handlers::reset_password);

    Answer me{200, "The caller.", "Me"};
    me.has_etag = true;
    rows.add("GET", "/me", "Who I am, and where", Permission::account, me, &Handlers::show_me);
    rows.add("PATCH", "/me", "Change my name, time zone or locale", Permission::account, me,
             &Handlers::change_me)
        .body = json_body("Profile");
    rows.add("POST", "/me/password", "Change my password", Permission::account,
             {204, "Changed; other sessions are signed out.", ""}, &Handlers::change_password)
        .body = json_body("PasswordChange");
    return std::move(rows).take();
}

} // namespace throughline
