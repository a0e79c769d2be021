#include "tests/support/event_schemas.hpp"
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
         {"tenant.created", "user.created", "user.updated", "contact.created", "contact.updated",
          "contact.status_changed", "contact.deleted", "contact.restored", "organization.created",
          "organization.updated", "organization.deleted", "organization.restored"})
        CHECK_MESSAGE(seen.contains(type), type);
}

} // namespace throughline
