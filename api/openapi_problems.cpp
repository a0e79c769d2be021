#include "api/openapi_operation.hpp"
#include "api/problem.hpp"

#include <fmt/format.h>

namespace throughline {

namespace {

Json header(std::string_view description, JsonObject schema, Json example) {
    return JsonObject{{"description", description},
                      {"schema", std::move(schema)},
                      {"example", std::move(example)}};
}

Json text_header(std::string_view description, std::string_view example) {
    return header(description, {{"type", "string"}}, example);
}

Json number_header(std::string_view description, int least, int example) {
    return header(description, {{"type", "integer"}, {"minimum", least}}, example);
}

JsonObject headers_of(const ProblemKind& kind) {
    JsonObject out;
    const auto add = [&](const char* name) {
        out.append(name, JsonObject{{"$ref", fmt::format("#/components/headers/{}", name)}});
    };
    if (kind.status == 401) add("WWW-Authenticate");
    if (kind.status == 405) add("Allow");
    if (kind.status == 429 || kind.status == 503) add("Retry-After");
    if (kind.status == 503) add("Throughline-Position");
    add("RateLimit");
    add("RateLimit-Policy");
    add("traceparent");
    return out;
}

Json example_of(const ProblemKind& kind) {
    JsonObject out{{"type", fmt::format("urn:throughline:problem:{}", kind.slug)},
                   {"title", kind.title},
                   {"status", kind.status},
                   {"detail", "What is wrong, in words."},
                   {"instance", "/api/contacts"}};
    JsonArray errors;
    if (kind.status == 422)
        errors.push_back(JsonObject{
            {"pointer", "/name"}, {"code", "required"}, {"detail", "Name is required."}});
    if (kind.status == 400)
        errors.push_back(JsonObject{{"parameter", "limt"},
                                    {"code", "unknown_parameter"},
                                    {"detail", "There is no such parameter here."}});
    out.append("errors", std::move(errors));
    out.append("trace_id", "4bf92f3577b34da6a3ce929d0e0e4736");
    if (kind.status == 412) {
        out.append("current_version", 4);
        out.append("changed", JsonArray{"phone"});
    }
    return out;
}

} // namespace

JsonObject openapi_headers() {
    return {
        {"ETag", header("The version of what is shown, quoted: for If-Match.",
                        {{"type", "string"}, {"pattern", "^\"[0-9]+\"$"}}, "\"3\"")},
        {"Location", text_header("Where the new thing is.",
                                 "/api/contacts/0198c5a2-7b1e-7c3d-9a4f-2b6d8e0f1a3c")},
        {"Throughline-Position",
         number_header("The position of the last event that was written, or is reached.", 0, 4711)},
        {"Throughline-As-Of",
         number_header("The position of the log that the answer shows, where one was asked for.", 0,
                       4711)},
        {"Idempotency-Replayed",
         header("The answer is the stored one of this key.", {{"const", "true"}}, "true")},
        {"Preference-Applied", text_header("What of Prefer was heeded (RFC 7240).", "wait=30")},
        {"RateLimit", text_header("What is left of the limit that is nearest to its end: r "
                                  "requests, for t seconds (draft-ietf-httpapi-ratelimit-headers).",
                                  "\"rest\";r=5999;t=1")},
        {"RateLimit-Policy",
         text_header("The limits that count: q requests in w seconds.", "\"rest\";q=6000;w=60")},
        {"Retry-After", number_header("Seconds until another try makes sense.", 1, 1)},
        {"WWW-Authenticate", text_header("RFC 6750.", "Bearer error=\"invalid_token\"")},
        {"Allow", text_header("The methods of this path.", "GET, HEAD, OPTIONS, POST")},
        {"traceparent", header("The trace this answer belongs to (W3C Trace Context).",
                               {{"type", "string"},
                                {"pattern", "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"}},
                               "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")}};
}

JsonObject openapi_problems() {
    const Json schema = JsonObject{{"$ref", "#/components/schemas/Problem"}};
    JsonObject out;
    for (const ProblemKind& kind : problem_kinds()) {
        if (kind.status < 400) continue;
        out.append(
            fmt::format("Problem{}", kind.status),
            JsonObject{{"description", kind.title},
                       {"headers", headers_of(kind)},
                       {"content", JsonObject{{"application/problem+json",
                                               JsonObject{{"schema", schema},
                                                          {"example", example_of(kind)}}}}}});
    }
    return out;
}

} // namespace throughline
