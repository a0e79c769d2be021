#include "tests/support/rule_author.hpp"

#include <doctest/doctest.h>

namespace throughline {

std::string plain_rule(const std::string& name, const std::string& trigger) {
    return R"({"name":")" + name + R"(","trigger":)" + trigger +
           R"(,"actions":[{"type":"delay","for":"1d"}]})";
}

std::vector<std::string> member_names(const Json& object) {
    std::vector<std::string> names;
    for (const JsonMember& member : *object.object()) names.push_back(member.name);
    return names;
}

Json RuleAuthor::create(const std::string& body) {
    const HttpReply reply = client.post("/api/automations", body);
    REQUIRE_MESSAGE(reply.status == 201, reply.body);
    CHECK(reply.header("Location") == "/api/automations/" + body_of(reply).text("id"));
    CHECK(reply.header("ETag") == "\"1\"");
    return body_of(reply);
}

HttpReply RuleAuthor::change(const std::string& id, const std::string& patch,
                             const HttpHeaders& headers) {
    return client.request("PATCH", "/api/automations/" + id, patch, headers);
}

Json RuleAuthor::post(const std::string& path) {
    const HttpReply reply = client.request("POST", "/api/automations/" + path);
    REQUIRE_MESSAGE(reply.status < 300, reply.body);
    return body_of(reply);
}

std::string RuleAuthor::fault(const std::string& body) {
    const HttpReply reply = client.post("/api/automations", body);
    CHECK(reply.status == 422);
    return first_error(reply);
}

std::string RuleAuthor::listed(const std::string& path) {
    const Json log = body_of(client.get("/api/events?limit=1"));
    const std::string head = std::to_string(log.integer("head").value());
    const HttpReply reply = client.get(path, {{"Throughline-Min-Position", head}});
    REQUIRE_MESSAGE(reply.status == 200, reply.body);
    std::string names;
    const Json page = body_of(reply);
    for (const Json& rule : *page.find("items")->array())
        names += (names.empty() ? "" : " ") + rule.text("name");
    return names;
}

} // namespace throughline
