#include "tests/support/bystander.hpp"
#include "tests/support/sse_stream.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace throughline {
namespace {

const std::string marker = "Victim7f3a"; // stands in all that the other tenant has

std::string encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        out += std::isalnum(byte) != 0 ? std::string(1, c) : fmt::format("%{:02X}", byte);
    }
    return out;
}

const std::vector<std::string>& hostile_texts() {
    static const std::vector<std::string> texts = {"'",
                                                   "''; drop table events;--",
                                                   "1 or 1=1",
                                                   "' or '1'='1",
                                                   "\\",
                                                   "\\'",
                                                   "%",
                                                   "_",
                                                   "%%",
                                                   "%%%s%n%x",
                                                   "{}{0}",
                                                   "../../../../etc/passwd",
                                                   "..%2f",
                                                   "\r\nX-Evil: 1",
                                                   "\n",
                                                   "\t\x01\x1B[31m",
                                                   "\x7F",
                                                   "${jndi:ldap://x}",
                                                   "{{7*7}}",
                                                   "$(id)",
                                                   "$1",
                                                   "__proto__",
                                                   "constructor",
                                                   "/a/b~1c~0",
                                                   "-1",
                                                   "0",
                                                   "9999999999999999999999999999999999999999",
                                                   "1e309",
                                                   "NaN",
                                                   "Infinity",
                                                   "-9223372036854775809",
                                                   "9223372036854775808",
                                                   "2147483648",
                                                   "true",
                                                   "null",
                                                   "[]",
                                                   "{}",
                                                   "\"",
                                                   "\"\"",
                                                   "(((((",
                                                   "*",
                                                   "a:*",
                                                   "tsquery & | ! ( ) <->",
                                                   "(.*)+$",
                                                   ",",
                                                   ",,",
                                                   "a,b,c",
                                                   "2024-02-30",
                                                   "9999-12-31",
                                                   "0000-01-01",
                                                   "-0001-01-01",
                                                   "2024-01-01T00:00:00+99:99",
                                                   "99999-01-01T00:00:00Z",
                                                   "1970-01-01T00:00:00.1234567890123Z",
                                                   "00000000-0000-0000-0000-000000000000",
                                                   "ffffffff-ffff-ffff-ffff-ffffffffffff",
                                                   "contact",
                                                   "\xE2\x80\xAE",
                                                   "\xEF\xBB\xBF",
                                                   "\xEF\xAC\x80",
                                                   "\xC4\xB0",
                                                   "\xC3\x9F",
                                                   "\xF0\x9F\x98\x80",
                                                   std::string(300, 'a'),
                                                   std::string(5000, 'a')};
    return texts;
}

/// As they stand in a target: no UTF-8, no escapes, or escaped twice.
const std::vector<std::string> raw_texts = {"%00",       "a%00b", "%c0%af",       "%c0%80", "%ff",
                                            "%ed%a0%80", "%",     "%f4%90%80%80", "%e2%80", "%zz",
                                            "%u0041",    "%2500", "%252e%252e"};

struct Field {
    TestServer server;
    HttpHeaders credentials = {
        {"Authorization", "Bearer " + register_owner(server.url(), "attacker@example.com")}};
    HttpClient attacker{server.url(), credentials};
    HttpClient victim = server.new_tenant("victim@example.com");
    Json document = body_of(attacker.get("/openapi.json"));
    std::string own_id = create_contact(attacker, R"({"name":"Mine","tags":["a"]})").text("id");
    std::string theirs = create_contact(victim, R"({"name":")" + marker +
                                                    R"(","organization":"Org )" + marker + "\"}")
                             .text("id");

    /// A refusal is the contract's, nothing of ours or of others shows.
    void check(const std::string& what, const HttpReply& reply) const {
        bool is_right = reply.status >= 200 && reply.status < 500 && !reply.header("X-Evil");
        for (const char* leak : {"pqxx", "SELECT ", "select ", "ERROR:", "SQLSTATE", "violates",
                                 "throughline_", "std::", ".cpp", "/usr/", marker.c_str()})
            is_right = is_right && reply.body.find(leak) == std::string::npos;
        if (reply.status >= 400)
            is_right = is_right && reply.header("Content-Type") == "application/problem+json";
        if (!is_right) CHECK_MESSAGE(is_right, what << " gave " << reply.status << reply.body);
    }

    using Visit = std::function<void(const std::string& method, const std::string& path,
                                     const Json& operation)>;
    void for_each_operation(const Visit& visit) const {
        for (const JsonMember& path : *document.find("paths")->object())
            for (const JsonMember& operation : *path.value.object()) {
                std::string method = operation.name;
                std::ranges::transform(method, method.begin(), [](char c) {
                    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
                });
                visit(method, path.name, operation.value);
            }
    }

    /// The path with `value` for one of its parameters, and what is right for the others.
    [[nodiscard]] std::string filled(std::string path, const std::string& name = "",
                                     const std::string& value = "") const {
        for (auto at = path.find('{'); at != std::string::npos; at = path.find('{', at + 1)) {
            const auto end = path.find('}', at);
            const std::string parameter = path.substr(at + 1, end - at - 1);
            const bool is_kind = parameter.ends_with("type") || parameter == "kind";
            const std::string right = is_kind ? "contact" : own_id;
            path.replace(at, end + 1 - at, parameter == name ? value : right);
        }
        return path;
    }

    /// What the attacker gets from a stream, which is asked to end at once. Where `target` says how
    /// far, it may go on: its head then.
    [[nodiscard]] HttpReply followed(std::string target, HttpHeaders headers) const {
        const bool ends = target.find("?to=") == std::string::npos;
        if (ends) target += target.find('?') == std::string::npos ? "?to=0" : "&to=0";
        headers.insert(headers.end(), credentials.begin(), credentials.end());
        SseStream stream(server.url() + target, headers);
        if (ends || stream.reply().status != 200) CHECK_MESSAGE(stream.ended(), target);
        return stream.reply();
    }
};

bool has_body(const Json& operation, std::string_view media_type) {
    const Json* const body = operation.find("requestBody");
    return body != nullptr && body->find("content")->find(media_type) != nullptr;
}

} // namespace

TEST_CASE("nothing that is injected into a parameter gets through") {
    Field field;
    std::vector<std::string> values = raw_texts;
    for (const std::string& text : hostile_texts()) values.push_back(encoded(text));
    std::size_t requests = 0;
    const auto send = [&](const std::string& method, const std::string& path, const Json& operation,
                          HttpHeaders headers = {}) {
        std::optional<std::string> body;
        if (has_body(operation, "text/csv")) {
            headers.emplace_back("Content-Type", "text/csv");
            body = "name\n";
        } else if (has_body(operation, "application/json")) {
            body = "{}";
        }
        const bool is_stream = path.find("/stream") != std::string::npos;
        field.check(method + " " + path, is_stream
                                             ? field.followed(path, headers)
                                             : field.attacker.request(method, path, body, headers));
        ++requests;
    };
    field.for_each_operation([&](const std::string& method, const std::string& path,
                                 const Json& operation) {
        const Json* const parameters = operation.find("parameters");
        if (parameters == nullptr) return;
        const bool deletes = method == "DELETE"; // what is ours has to stay
        for (const Json& parameter : *parameters->array()) {
            const std::string name = parameter.text("name");
            const std::string in = parameter.text("in");
            for (const std::string& value : values) {
                if (in == "path") send(method, field.filled(path, name, value), operation);
                if (in != "query" || deletes) continue;
                send(method, field.filled(path) + "?" + name + "=" + value, operation);
                if (!name.starts_with("filter[")) continue;
                for (const char* op : {"[in]", "[contains]", "[gte]", "[like]"})
                    send(method, field.filled(path) + "?" + name + op + "=" + value, operation);
            }
            if (in != "header" || name == "Throughline-Min-Position" || deletes) continue;
            for (const std::string& value : hostile_texts())
                if (std::ranges::none_of(value, [](char c) { return c >= 0 && c < ' '; }))
                    send(method, field.filled(path), operation, {{name, value}});
        }
        if (deletes) return;
        for (const std::string& name : values)
            send(method, field.filled(path) + "?" + name + "=1&filter[" + name + "]=1", operation);
    });
    MESSAGE(requests << " requests");
    CHECK(requests > 1000);
    for (const char* position : {"-1", "x", "1e3", "9223372036854775808", "0x10", "1, 1"})
        CHECK(
            field.attacker.get("/api/contacts", {{"Throughline-Min-Position", position}}).status ==
            400);
    CHECK(Bystander(field.server).is_served());
    check_unharmed(field.server);
}

TEST_CASE("nothing that is injected into a body gets through") {
    Field field;
    std::vector<Json> values = {Json(),
                                Json(true),
                                Json(-1),
                                Json(JsonNumber{"1e308"}),
                                Json(JsonArray{}),
                                Json(JsonObject{})};
    for (const std::string& text : hostile_texts()) values.emplace_back(text);
    const Json* const schemas = field.document.find("components")->find("schemas");
    const std::string deep = std::string(70, '[') + std::string(70, ']');
    field.for_each_operation([&](const std::string& method, const std::string& path,
                                 const Json& operation) {
        if (!has_body(operation, "application/json")) return;
        const auto send = [&](const std::string& body) {
            const HttpReply reply = field.attacker.request(method, field.filled(path), body);
            field.check(method + " " + path + " " + body.substr(0, 300), reply);
        };
        const Json* const schema = operation.find("requestBody")
                                       ->find("content")
                                       ->find("application/json")
                                       ->find("schema");
        const std::string reference = schema->text("$ref");
        const Json* const properties =
            schemas->find(reference.substr(reference.rfind('/') + 1))->find("properties");
        const JsonObject none; // where any JSON is taken
        for (const JsonMember& property : properties ? *properties->object() : none) {
            for (const Json& value : values) {
                JsonObject body{{property.name, value}};
                if (property.name != "name") body.append("name", "N");
                send(to_text(Json(std::move(body))));
            }
            send("{\"" + property.name + "\":" + deep + "}");
            send("{\"" + property.name + "\":1," + "\"" + property.name + "\":1}");
            send("{\"" + property.name + "\":" + std::string(50, '9') + "}");
        }
        for (const std::string& name : hostile_texts())
            send(to_text(Json(JsonObject{{name, 1}, {"name " + name, JsonObject{{name, name}}}})));
        for (const char* broken : {"", "{", "null", "[]", "\"x\"", "{\"a\":\xFF}", "{\"a\":NaN}",
                                   "{\"\\ud800\":1}", "{\"\\u0000\":1}", "\xEF\xBB\xBF{}"})
            send(broken);
    });
    // What is text stays that text.
    for (const std::string& text : hostile_texts()) {
        const HttpReply made =
            field.attacker.post("/api/contacts", to_text(JsonObject{{"name", "x" + text + "x"}}));
        if (made.status == 201) CHECK(body_of(made).text("name") == "x" + text + "x");
    }
    CHECK(body_of(field.victim.get("/api/events?limit=1000")).find("items")->array()->size() < 10);
    CHECK(Bystander(field.server).is_served());
    check_unharmed(field.server);
}

TEST_CASE("another tenant stays out of reach, and whether it exists too") {
    Field field;
    const Json me = body_of(field.victim.get("/api/me"));
    const Json tenant = *me.find("tenant");
    for (const std::string& name :
         {tenant.text("id"), tenant.text("slug"), std::string("no-such-tenant"), std::string("'"),
          std::string("%"), std::string("00000000-0000-0000-0000-000000000000"),
          tenant.text("id") + "," + tenant.text("id"), std::string(5000, 'x')}) {
        const HttpReply reply = field.attacker.get("/api/contacts", {{"X-Tenant-ID", name}});
        CHECK(reply.status == 403);
        CHECK(body_of(reply).text("detail") == "X-Tenant-ID names no tenant of yours.");
        field.check("X-Tenant-ID " + name, reply);
    }
    const std::string nobody = "01890000-0000-7000-8000-000000000000";
    const std::string their_user = me.find("user")->text("id");
    const auto same = [](const HttpReply& a, const HttpReply& b) {
        const auto detail = [](const HttpReply& reply) {
            return std::to_string(reply.status) + body_of(reply).text("detail") +
                   first_error(reply);
        };
        return detail(a) == detail(b);
    };
    field.for_each_operation(
        [&](const std::string& method, const std::string& path, const Json& operation) {
            if (path.find("id}") == std::string::npos || has_body(operation, "text/csv")) return;
            const auto ask = [&](const std::string& id) {
                std::string target = path;
                for (auto at = target.find('{'); at != std::string::npos; at = target.find('{')) {
                    const auto end = target.find('}', at);
                    const bool is_type = target.substr(at, end - at).ends_with("type");
                    target.replace(at, end + 1 - at, is_type ? "contact" : id);
                }
                std::optional<std::string> body;
                if (has_body(operation, "application/json")) body = R"({"name":"Taken over"})";
                const HttpReply reply = field.attacker.request(method, target, body);
                field.check(method + " " + target, reply);
                return reply;
            };
            CHECK_MESSAGE(same(ask(field.theirs), ask(nobody)), method << " " << path);
            CHECK_MESSAGE(same(ask(their_user), ask(nobody)), method << " " << path);
        });
    const std::string organization =
        body_of(field.victim.get("/api/contacts/" + field.theirs)).text("organization_id");
    const auto link = [&](const std::string& id) {
        return field.attacker.post("/api/contacts",
                                   R"({"name":"L","organization_id":")" + id + "\"}");
    };
    CHECK(link(organization).status == 422);
    CHECK(same(link(organization), link(nobody)));
    for (const std::string& query :
         {"filter[organization_id]=" + organization, "filter[owner_id]=" + their_user,
          "filter[id]=" + field.theirs, "q=" + marker, "filter[name][contains]=" + marker}) {
        const HttpReply reply = field.attacker.get("/api/contacts?" + query);
        CHECK_MESSAGE(reply.body.find(field.theirs) == std::string::npos, reply.body);
    }
    CHECK(body_of(field.victim.get("/api/contacts/" + field.theirs)).text("name") == marker);
    CHECK(Bystander(field.server).is_served());
    check_unharmed(field.server);
}

} // namespace throughline
