#include "domain/rules/openapi_call.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace throughline::fuzz {
namespace {

using namespace rules;

/// A value for every parameter, and a body where there is one.
void call(const ApiOperation& operation, const std::string& value) {
    JsonObject parameters;
    for (const ApiParameter& parameter : operation.parameters)
        parameters.set(parameter.name, value);
    const bool has_body = operation.body != ApiOperation::Body::none;
    const auto made = call_of(operation, parameters, has_body ? Json(value) : Json());
    if (!made) return demand_lawful(made.error());
    const std::string server =
        operation.url.substr(0, operation.url.size() - operation.path.size());
    demand(made->url.starts_with(server + "/"), "a call stays on the document's server");
    demand(made->url.find("/../", server.size()) == std::string::npos,
           "a value leads to no other path");
    demand(made->method == operation.method, "a call has the operation's method");
    demand(made->body.empty() != has_body, "a body is sent where one is taken");
}

/// A line: the value of all parameters. Then a document.
void run(std::string_view input) {
    Input from(input);
    const auto value = read_json("\"" + std::string(from.line().value_or("")) + "\"");
    const auto document = read_json(from.rest());
    if (!std::holds_alternative<Json>(value) || !std::holds_alternative<Json>(document)) return;
    const auto read = read_openapi(std::get<Json>(document), "https://example.com/api/x.json");
    if (!read) return demand_lawful(read.error());
    demand(!read->operations.empty(), "a document that is taken has operations");
    const Json kept = operations_json(read->operations);
    demand_readable(kept);
    demand(to_text(kept).size() <= max_api_bytes, "what is kept is bounded");
    for (const ApiOperation& operation : read->operations) {
        demand(find_operation(kept, operation.id) == operation, "what is kept is what was read");
        call(operation, *std::get<Json>(value).string());
    }
}

const Target target("openapi", run);

} // namespace
} // namespace throughline::fuzz
