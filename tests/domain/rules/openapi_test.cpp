#include "domain/rules/openapi_call.hpp"
#include "domain/rules/openapi_document.hpp"

#include <doctest/doctest.h>

using namespace throughline;
using namespace throughline::rules;

namespace {

/// A document with these paths, and components where they are given.
Json document(const std::string& paths, const std::string& more = "") {
    return parse_json(R"({"openapi":"3.1.0","info":{"title":"Pets","version":"2"},)"
                      R"("servers":[{"url":"https://api.example.com/v1/"}],"paths":)" +
                      paths + (more.empty() ? "" : "," + more) + "}");
}

ApiOperation one(const Json& of) {
    const auto read = read_openapi(of);
    REQUIRE_MESSAGE(read.has_value(), read.error().errors.front().detail);
    REQUIRE(read->operations.size() == 1);
    return read->operations[0];
}

std::string fault(const Json& of, std::string_view from = {}) {
    const auto read = read_openapi(of, from);
    REQUIRE_FALSE(read.has_value());
    REQUIRE_FALSE(read.error().errors.empty());
    return read.error().errors[0].code + " " + read.error().errors[0].where;
}

std::string called(const ApiOperation& operation, const std::string& parameters,
                   const std::string& body = "null") {
    const auto call = call_of(operation, *parse_json(parameters).object(), parse_json(body));
    if (call) return call->method + " " + call->url + (call->body.empty() ? "" : " " + call->body);
    if (call.error().errors.empty()) return call.error().detail;
    return call.error().errors[0].code + " " + call.error().errors[0].where;
}

ApiOperation with_parameter(const std::string& parameter) {
    return one(
        document(R"({"/a/{id}":{"get":{"operationId":"x","parameters":[)" + parameter + "]}}}"));
}

} // namespace

TEST_CASE("a document is read as far as calls need it") {
    const auto read = read_openapi(
        document(R"({"/pets":{"summary":"x","get":{"operationId":"list","summary":"All pets"},)"
                 R"("post":{"operationId":"add","requestBody":{"required":true,)"
                 R"("content":{"application/json":{"schema":{}}}}}},)"
                 R"("/pets/{id}":{"parameters":[{"name":"id","in":"path","required":true}],)"
                 R"("delete":{}}})"));
    REQUIRE(read.has_value());
    CHECK(read->title == "Pets");
    CHECK(read->version == "2");
    REQUIRE(read->operations.size() == 3);
    CHECK(read->operations[0].id == "list");
    CHECK(read->operations[0].summary == "All pets");
    CHECK(read->operations[0].url == "https://api.example.com/v1/pets");
    CHECK(read->operations[1].body == ApiOperation::Body::required);
    CHECK(read->operations[2].id == "DELETE /pets/{id}");
    const Json kept = operations_json(read->operations);
    for (const ApiOperation& operation : read->operations)
        CHECK(find_operation(kept, operation.id) == operation);
    CHECK_FALSE(find_operation(kept, "other").has_value());
}

TEST_CASE("the server of an operation is the innermost, with defaults for its variables") {
    const std::string operation = R"("get":{"operationId":"x")";
    CHECK(one(document(R"({"/a":{"servers":[{"url":"https://b.example"}],)" + operation + "}}}"))
              .url == "https://b.example/a");
    CHECK(one(document(R"({"/a":{)" + operation +
                       R"(,"servers":[{"url":"https://{r}.example/{b}",)"
                       R"("variables":{"r":{"default":"eu"},"b":{"default":"v2"}}}]}}})"))
              .url == "https://eu.example/v2/a");
    Json relative = document(R"({"/a":{)" + operation + "}}}");
    const auto url_of = [&](const char* server, const char* from) {
        relative.object()->set("servers", JsonArray{JsonObject{{"url", server}}});
        const auto read = read_openapi(relative, from);
        return read ? read->operations[0].url : read.error().errors[0].where;
    };
    CHECK(url_of("/v3", "https://h.example:8443/x/openapi.json?y=/z") ==
          "https://h.example:8443/v3/a");
    CHECK(url_of("v3", "https://h.example/x/openapi.json") == "https://h.example/x/v3/a");
    CHECK(url_of("//o.example/v3", "http://h.example") == "http://o.example/v3/a");
    CHECK(url_of("v3", "https://h.example") == "https://h.example/v3/a");
    CHECK(url_of("/v3", "") == "/document/servers/0/url");
    CHECK(url_of("ftp://h.example", "https://h.example") == "/document/servers/0/url");
    CHECK(url_of("https://h.example/?a=b", "") == "/document/servers/0/url");
    CHECK(url_of("https://{unknown}", "") == "/document/servers/0/url");
    relative.object()->erase("servers");
    CHECK(read_openapi(relative, "https://h.example/d/x.json")->operations[0].url ==
          "https://h.example/a");
    CHECK(fault(relative) == "invalid_format /document/servers/0");
}

TEST_CASE("values stand where the operation wants them") {
    const ApiOperation path = with_parameter(R"({"name":"id","in":"path"})");
    CHECK(called(path, R"({"id":"a b/c"})") == "GET https://api.example.com/v1/a/a%20b%2Fc");
    CHECK(called(path, R"({"id":[1,2.50,true]})") ==
          "GET https://api.example.com/v1/a/1,2.50,true");
    CHECK(called(path, R"({"id":{"a":1,"b":2}})") == "GET https://api.example.com/v1/a/a,1,b,2");
    CHECK(called(path, R"({"id":"{id}"})") == "GET https://api.example.com/v1/a/%7Bid%7D");
    const auto query = [](const std::string& more, const std::string& value) {
        const ApiOperation operation = one(
            document(R"({"/q":{"get":{"operationId":"x","parameters":[{"name":"q","in":"query")" +
                     more + "}]}}}"));
        return called(operation, R"({"q":)" + value + "}").substr(32);
    };
    CHECK(query("", R"("ä&b")") == "?q=%C3%A4%26b");
    CHECK(query("", "[1,2]") == "?q=1&q=2");
    CHECK(query("", R"({"a":1,"b":"c d"})") == "?a=1&b=c%20d");
    CHECK(query(R"(,"explode":false)", "[1,2]") == "?q=1,2");
    CHECK(query(R"(,"explode":false)", R"({"a":1})") == "?q=a,1");
    CHECK(query(R"(,"content":{"application/json":{}})", R"({"a":[{}]})") ==
          "?q=%7B%22a%22%3A%5B%7B%7D%5D%7D");
    CHECK(query("", "null") == "");
    const ApiOperation header = one(
        document(R"({"/h":{"get":{"operationId":"x","parameters":[{"name":"X-A","in":"header"},)"
                 R"({"name":"Accept","in":"header"},)"
                 R"({"name":"idempotency-Key","in":"header","required":true}]}}})"));
    CHECK(header.parameters.size() == 1);
    const auto call = call_of(header, {{"X-A", JsonArray{"a b", 1}}}, {});
    REQUIRE(call.has_value());
    CHECK(call->headers == std::vector<std::pair<std::string, std::string>>{{"X-A", "a b,1"}});
}

TEST_CASE("a call with what is missing, unknown or no part of a path is refused") {
    const ApiOperation operation = one(document(
        R"({"/a/{id}/{part}":{"post":{"operationId":"x","requestBody":{"required":true,)"
        R"("content":{"application/problem+json":{}}},"parameters":[{"name":"id","in":"path"},)"
        R"({"name":"part","in":"path"},{"name":"q","in":"query","required":true},)"
        R"({"name":"o","in":"query"}]}}})"));
    const std::string rest = R"("part":"x","q":1})";
    CHECK(called(operation, R"({"id":1,)" + rest, R"({"b":[]})") ==
          R"(POST https://api.example.com/v1/a/1/x?q=1 {"b":[]})");
    CHECK(called(operation, R"({"id":1,)" + rest) == "required /body");
    CHECK(called(operation, "{" + rest, "{}") == "required /parameters/id");
    CHECK(called(operation, R"({"id":null,)" + rest, "{}") == "required /parameters/id");
    CHECK(called(operation, R"({"id":1,"part":"x"})", "{}") == "required /parameters/q");
    CHECK(called(operation, R"({"id":1,"r/s":1,)" + rest, "{}") ==
          "unknown_field /parameters/r~1s");
    CHECK(called(operation, R"({"id":"",)" + rest, "{}") == "invalid_format /parameters/id");
    CHECK(called(operation, R"({"id":[[1]],)" + rest, "{}") == "invalid_type /parameters/id");
    for (const char* const dots : {"..", "."})
        CHECK(called(operation, R"({"id":")" + std::string(dots) + "\"," + rest, "{}") ==
              "The path would lead elsewhere.");
    CHECK(called(with_parameter(""), "{}") ==
          "The path has a parameter that the document does not declare.");
    CHECK(called(one(document(R"({"/a":{"get":{"operationId":"x"}}})")), "{}", "{}") ==
          "unknown_field /body");
}

TEST_CASE("what cannot be sent makes an operation unsupported only where it is demanded") {
    const auto unsupported = [](const std::string& parameter) {
        return with_parameter(parameter).unsupported;
    };
    CHECK(unsupported(R"({"name":"c","in":"cookie"})") == "");
    CHECK(unsupported(R"({"name":"c","in":"cookie","required":true})") != "");
    CHECK(unsupported(R"({"name":"q","in":"query","style":"deepObject"})") == "");
    CHECK(unsupported(R"({"name":"id","in":"path","style":"matrix"})") != "");
    const ApiOperation form =
        one(document(R"({"/a":{"post":{"operationId":"x","requestBody":{"required":true,)"
                     R"("content":{"multipart/form-data":{}}}}}})"));
    CHECK(called(form, "{}") == "The operation cannot be called: its body is not JSON.");
}

TEST_CASE("references lead into the document, a few steps at most") {
    const std::string operation = R"({"/a/{id}":{"get":{"operationId":"x","parameters":[)"
                                  R"({"$ref":"#/components/parameters/Id"}]}}})";
    const auto with = [&](const std::string& parameters) {
        return document(operation, R"("components":{"parameters":)" + parameters + "}");
    };
    CHECK(one(with(R"({"Id":{"name":"id","in":"path"}})")).parameters.size() == 1);
    CHECK(one(with(R"({"Id":{"$ref":"#/components/parameters/a~1b%20c"},)"
                   R"("a/b c":{"name":"id","in":"path"}})"))
              .parameters.size() == 1);
    const std::string there = "invalid_format /document/components/parameters/";
    CHECK(fault(with(R"({"Id":{"$ref":"#/components/parameters/Id"}})")) == there + "Id/$ref");
    CHECK(fault(with(R"({"Id":{"$ref":"#/components/parameters/B"},)"
                     R"("B":{"$ref":"#/components/parameters/Id"}})"))
              .starts_with(there));
    for (const char* const elsewhere :
         {"https://evil.example/x.json", "other.json#/x", "#/nothing", "", "#"})
        CHECK(fault(with(R"({"Id":{"$ref":")" + std::string(elsewhere) + R"("}})")) ==
              there + "Id/$ref");
    CHECK(one(document(R"({"/a":{"$ref":"#/components/pathItems/A"}})",
                       R"("components":{"pathItems":{"A":{"get":{"operationId":"x"}}}})"))
              .id == "x");
    CHECK(one(document(R"({"/a":{"post":{"operationId":"x","requestBody":)"
                       R"({"$ref":"#/components/requestBodies/B"}}}})",
                       R"("components":{"requestBodies":{"B":{"content":)"
                       R"({"application/json; charset=utf-8":{}}}}})"))
              .body == ApiOperation::Body::optional);
}

TEST_CASE("the keys of security schemes are parameters, the operation's own prevail") {
    const ApiOperation operation = one(document(
        R"({"/a/{id}":{"parameters":[{"name":"id","in":"path"},{"name":"q","in":"query"}],)"
        R"("get":{"operationId":"x","parameters":[{"name":"q","in":"query","required":true}],)"
        R"("security":[{"key":[]},{"bearer":[]},{"unknown":[]}]}}})",
        R"("components":{"securitySchemes":{"key":{"type":"apiKey","in":"header","name":"X-Key"},)"
        R"("bearer":{"type":"http","scheme":"bearer"}}})"));
    REQUIRE(operation.parameters.size() == 4);
    CHECK(operation.parameters[0].required);
    const auto call = call_of(
        operation, {{"id", 1}, {"q", 2}, {"X-Key", "k"}, {"Authorization", "Bearer t"}}, {});
    REQUIRE(call.has_value());
    CHECK(call->headers == std::vector<std::pair<std::string, std::string>>{
                               {"X-Key", "k"}, {"Authorization", "Bearer t"}});
}

TEST_CASE("what is no document that can be used is refused, and where") {
    CHECK(fault(JsonArray{}) == "invalid_type /document");
    CHECK(fault(JsonObject{}) == "required /document/openapi");
    CHECK(fault(parse_json(R"({"swagger":"2.0","openapi":"2.0"})")) ==
          "invalid_choice /document/openapi");
    CHECK(fault(document("{}")) == "required /document/paths");
    CHECK(fault(document(R"({"a":{"get":{}}})")) == "invalid_format /document/paths/a");
    CHECK(fault(document(R"({"/a?b":{"get":{}}})")) == "invalid_format /document/paths/~1a?b");
    CHECK(fault(document(R"({"/a":{"get":[]}})")) == "invalid_type /document/paths/~1a/get");
    CHECK(fault(document(R"({"/a":{"get":{"operationId":"x"},"put":{"operationId":"x"}}})")) ==
          "invalid_format /document/paths/~1a/put/operationId");
    CHECK(fault(document(R"({"/a":{"get":{"parameters":[{"in":"query"}]}}})")) ==
          "required /document/paths/~1a/get/parameters/0/name");
}

TEST_CASE("a document that would become much more than it is is refused") {
    std::string paths = "{";
    for (int i = 0; i < 1001; ++i)
        paths += (i == 0 ? "\"/" : ",\"/") + std::to_string(i) + R"(":{"get":{}})";
    CHECK(fault(document(paths + "}")) == "too_large /document/paths");
    // A thousand operations that share a long list of parameters.
    std::string list;
    for (int i = 0; i < 500; ++i)
        list += (i == 0 ? "" : ",") + std::string(R"({"in":"query","name":")") + std::to_string(i) +
                "\"}";
    paths = "{";
    for (int i = 0; i < 900; ++i)
        paths += (i == 0 ? "\"/" : ",\"/") + std::to_string(i) +
                 R"(":{"$ref":"#/components/pathItems/A"})";
    CHECK(fault(document(paths + "}", R"("components":{"pathItems":{"A":{"get":{},"parameters":[)" +
                                          list + "]}}}")) == "too_large /document/paths");
}
