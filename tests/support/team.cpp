#include "tests/support/team.hpp"

#include "domain/identity/roles.hpp"

#include <doctest/doctest.h>

namespace throughline {

namespace {

constexpr const char* password = "correct horse";

} // namespace

Team::Team(TestServer& server, const std::string& name) : url_(server.url()), name_(name) {
    take("owner", HttpClient(url_).post("/api/auth/register",
                                        to_text(JsonObject{{"tenant_name", "Tenant of " + name},
                                                           {"name", "owner of " + name},
                                                           {"email", "owner@" + name + ".example"},
                                                           {"password", password}})));
    tenant_ = uuid_of(body_of(as("owner").get("/api/me")).find("tenant")->text("id"));
    for (const MemberRole& role : member_roles())
        if (role.name != "owner") add(std::string(role.name));
}

void Team::add(const std::string& role) {
    const std::string email = role + "@" + name_ + ".example";
    const HttpReply made =
        as("owner").post("/api/users", to_text(JsonObject{{"name", role + " of " + name_},
                                                          {"email", email},
                                                          {"role", role},
                                                          {"password", password}}));
    REQUIRE_MESSAGE(made.status == 201, made.body);
    take(role,
         HttpClient(url_).post("/api/auth/login",
                               to_text(JsonObject{{"email", email}, {"password", password}})));
}

void Team::take(const std::string& role, const HttpReply& session) {
    REQUIRE_MESSAGE(session.status < 300, session.body);
    const Json body = body_of(session);
    const std::string token = body.text("access_token");
    members_.emplace(role, Member{uuid_of(body.find("user")->text("id")), token,
                                  HttpClient(url_, {{"Authorization", "Bearer " + token}})});
}

void Team::change(const std::string& path, JsonObject patch) {
    const HttpReply reply = as("owner").request("PATCH", path, to_text(Json(std::move(patch))));
    REQUIRE_MESSAGE(reply.status == 200, reply.body);
}

void Team::change_role(const std::string& of, const std::string& role) {
    change("/api/users/" + to_string(id_of(of)), {{"role", role}});
}

void Team::deactivate(const std::string& role) {
    change("/api/users/" + to_string(id_of(role)), {{"active", false}});
}

void Team::hide_others() { change("/api/tenant", {{"record_visibility", "own"}}); }

std::string Team::create(const std::string& role, const std::string& plural, JsonObject fields) {
    const HttpReply reply = as(role).post("/api/" + plural, to_text(Json(std::move(fields))));
    REQUIRE_MESSAGE(reply.status == 201, reply.body);
    return body_of(reply).text("id");
}

} // namespace throughline
