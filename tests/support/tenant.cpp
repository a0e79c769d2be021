#include "tests/support/tenant.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <pqxx/pqxx>

namespace throughline {

TestServer::TestServer(Environment extra) {
    extra.emplace("DATABASE_URL", database_.url());
    process_ = std::make_unique<ServerProcess>(std::move(extra));
}

HttpClient TestServer::new_tenant(const std::string& email) const {
    return HttpClient(url(), {{"Authorization", "Bearer " + register_owner(url(), email)}});
}

void TestServer::age_keys(int hours) const {
    pqxx::connection connection(database_.url());
    pqxx::work work(connection);
    for (const auto& [table, time] :
         {std::pair("commands", "recorded_at"), std::pair("bulk_requests", "recorded_at"),
          std::pair("imports", "created_at")})
        work.exec(
            fmt::format("update {} set {} = now() - interval '{} hours'", table, time, hours));
    work.commit();
}

std::string register_owner(const std::string& url, const std::string& email) {
    const Json registration = JsonObject{{"tenant_name", "Tenant of " + email},
                                         {"name", "Olive Owner"},
                                         {"email", email},
                                         {"password", "correct horse"}};
    const HttpReply reply = HttpClient(url).post("/api/auth/register", to_text(registration));
    REQUIRE_MESSAGE(reply.status == 201, reply.body);
    return body_of(reply).text("access_token");
}

Json body_of(const HttpReply& reply) {
    return reply.body.empty() ? Json() : parse_json(reply.body);
}

std::string first_error(const HttpReply& reply) {
    const Json body = body_of(reply);
    const Json* errors = body.find("errors");
    if (errors == nullptr || errors->array() == nullptr || errors->array()->empty()) return "";
    const Json& error = errors->array()->front();
    return error.text("code") + " " +
           (error.find("pointer") ? error.text("pointer") : error.text("parameter"));
}

Json create_record(HttpClient& client, const std::string& path, const std::string& body) {
    const HttpReply reply = client.post(path, body);
    REQUIRE_MESSAGE(reply.status == 201, reply.body);
    return body_of(reply);
}

Json create_contact(HttpClient& client, const std::string& body) {
    return create_record(client, "/api/contacts", body);
}

void set_open_stages(HttpClient& client, const std::vector<std::string>& keys) {
    JsonArray stages;
    for (const std::string& key : keys)
        stages.emplace_back(JsonObject{{"key", key}, {"name", key}, {"probability", 50}});
    stages.emplace_back(JsonObject{{"key", "won"}, {"name", "Won"}, {"probability", 100}});
    stages.emplace_back(JsonObject{{"key", "lost"}, {"name", "Lost"}, {"probability", 0}});
    const Json settings = JsonObject{{"pipeline_stages", std::move(stages)}};
    const HttpReply reply = client.request("PATCH", "/api/tenant", to_text(settings));
    REQUIRE_MESSAGE(reply.status == 200, reply.body);
}

} // namespace throughline
