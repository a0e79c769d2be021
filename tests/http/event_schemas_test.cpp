#include "tests/support/event_schemas.hpp"
#include "tests/support/mails.hpp"
#include "tests/support/tenant.hpp"

#include <doctest/doctest.h>

#include <set>

namespace throughline {

TEST_CASE("every event that the server stores satisfies its schema") {
    TestServer server;
    HttpClient client = server.new_tenant();
    for (const std::string kind : {"contacts", "organizations"}) {
        const HttpReply made = client.post("/api/" + kind, R"({"name":"A","metadata":{"n":1.50}})");
        REQUIRE_MESSAGE(made.status == 201, made.body);
        const std::string path = *made.header("Location");
        CHECK(
            client.request("PATCH", path, R"({"name":"B","metadata":{"n":null,"m":[1]}})").status ==
            200);
        CHECK(client.request("DELETE", path).status == 204);
        CHECK(client.request("POST", path + "/restore").status == 200);
    }
    const Json contact = create_contact(client, R"({"name":"C","organization":"Acme"})");
    CHECK(client
              .request("PATCH", "/api/contacts/" + contact.text("id"),
                       R"({"status":"customer","organization":null,"tags":["x"]})")
              .status == 200);
    CHECK(client.request("PATCH", "/api/me", R"({"name":"Olive O"})").status == 200);

    CHECK(client
              .post("/api/me/password",
                    R"({"current_password":"correct horse","new_password":"battery staple"})")
              .status == 204);
    CHECK(client
              .request("PATCH", "/api/tenant",
                       R"({"slug":"acme","currency":"EUR","high_value_threshold":"1.50",
                           "http_allowlist":["a.example"]})")
              .status == 200);
    const auto invite = [&](const std::string& email) {
        return client.post("/api/users/invitations",
                           to_text(JsonObject{{"email", email}, {"role", "viewer"}}));
    };
    const HttpReply accepted = server.anonymous().post(
        "/api/users/invitations/accept",
        to_text(
            JsonObject{{"token", token_in(body_of(invite("bob@example.com")).text("accept_url"))},
                       {"name", "Bob"},
                       {"password", "battery staple"}}));
    REQUIRE_MESSAGE(accepted.status == 200, accepted.body);
    CHECK(client
              .request("PATCH", "/api/users/" + body_of(accepted).find("user")->text("id"),
                       R"({"role":"admin","active":false})")
              .status == 200);
    CHECK(client.request("DELETE", *invite("cy@example.com").header("Location")).status == 204);

    const Json page = body_of(client.get("/api/events?limit=1000"));
    std::set<std::string> seen;
    for (const Json& event : *page.find("items")->array()) {
        const std::string type = event.text("type");
        const Json schema = event_schema_file(type);
        REQUIRE_MESSAGE(!schema.is_null(), type << " has no schema");
        CHECK_MESSAGE(is_valid(schema, *event.find("data")), to_text(event));
        CHECK(event.text("dataschema") == schema.text("$id"));
        seen.insert(type);
    }
    for (const std::string type :
         {"tenant.created", "tenant.updated", "user.created", "user.updated",
          "user.password_changed", "invitation.created", "invitation.accepted",
          "invitation.deleted", "contact.created", "contact.updated", "contact.status_changed",
          "contact.deleted", "contact.restored", "organization.created", "organization.updated",
          "organization.deleted", "organization.restored"})
        CHECK_MESSAGE(seen.contains(type), type);
}

} // namespace throughline
