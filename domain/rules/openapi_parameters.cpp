#include "domain/rules/openapi_reader.hpp"

#include "domain/text.hpp"

#include <algorithm>

namespace throughline::rules {

namespace {

constexpr std::size_t max_name = 255;
using In = ApiParameter::In;

std::optional<In> place_of(std::string_view in) {
    if (in == "path") return In::path;
    if (in == "query") return In::query;
    if (in == "header") return In::header;
    return std::nullopt;
}

/// OpenAPI has the first three said elsewhere; the key is the effect's id.
bool is_left_out(const std::string& name, In in) {
    const std::string lower = ascii_lower(name);
    return in == In::header && (lower == "accept" || lower == "content-type" ||
                                lower == "authorization" || lower == "idempotency-key");
}

bool has(const std::vector<ApiParameter>& parameters, const std::string& name, In in) {
    return std::ranges::any_of(parameters, [&](const ApiParameter& parameter) {
        return parameter.name == name && parameter.in == in;
    });
}

/// A parameter that we cannot send is left out, and with it the operation where it demands it.
void leave_out(const std::string& name, bool required, ApiOperation& into) {
    if (required) into.unsupported = "the parameter " + name + " goes where we send none";
}

void read_parameter(const Place& at, ApiOperation& into, OpenApiFaults& faults) {
    ApiParameter parameter;
    parameter.name = at.text("name");
    if (parameter.name.empty() || parameter.name.size() > max_name)
        return faults.add(at.pointer + "/name", "required",
                          "A parameter has a name of at most 255 bytes.");
    const auto in = place_of(at.text("in"));
    parameter.required = at.is_true("required") || in == In::path;
    if (!in) return leave_out(parameter.name, parameter.required, into);
    if (is_left_out(parameter.name, *in) || has(into.parameters, parameter.name, *in)) return;
    const std::string own_style = *in == In::query ? "form" : "simple";
    const std::string style = at.text("style");
    parameter.in = *in;
    parameter.is_json = at.at("content").value != nullptr;
    parameter.explode =
        at.at("explode").value == nullptr ? *in == In::query : at.is_true("explode");
    if (!style.empty() && style != own_style)
        return leave_out(parameter.name, parameter.required, into);
    into.parameters.push_back(std::move(parameter));
}

void read_list(const Place& list, ApiOperation& into, OpenApiFaults& faults) {
    const JsonArray* const items = list.value == nullptr ? nullptr : list.value->array();
    for (std::size_t i = 0; items != nullptr && i < items->size(); ++i) {
        if (i == max_api_parameters) return; // the caller counts them
        const Place at = faults.resolved(list.at(i));
        if (at.value != nullptr) read_parameter(at, into, faults);
    }
}

/// The header or parameter that a scheme wants its key in.
void read_scheme(const Place& scheme, ApiOperation& into) {
    const std::string type = scheme.text("type");
    ApiParameter key;
    if (type == "apiKey") {
        const auto in = place_of(scheme.text("in"));
        if (!in || *in == In::path) return;
        key.in = *in;
        key.name = scheme.text("name");
    } else if (type == "http" || type == "oauth2" || type == "openIdConnect") {
        key.in = In::header;
        key.name = "Authorization";
    }
    if (!key.name.empty() && key.name.size() <= max_name && !has(into.parameters, key.name, key.in))
        into.parameters.push_back(std::move(key));
}

void read_security(const Place& operation, ApiOperation& into, OpenApiFaults& faults) {
    Place security = operation.at("security");
    if (security.value == nullptr) security = faults.root().at("security");
    const JsonArray* const choices = security.value == nullptr ? nullptr : security.value->array();
    const Place schemes = faults.root().at("components").at("securitySchemes");
    for (const Json& choice : choices == nullptr ? JsonArray{} : *choices) {
        if (choice.object() == nullptr) continue;
        for (const JsonMember& scheme : *choice.object())
            read_scheme(faults.resolved(schemes.at(scheme.name)), into);
    }
}

} // namespace

void read_parameters(const Place& operation, const Place& path_item, ApiOperation& into,
                     OpenApiFaults& faults) {
    read_list(operation.at("parameters"), into, faults); // before those of the path: they prevail
    read_list(path_item.at("parameters"), into, faults);
    read_security(operation, into, faults);
}

} // namespace throughline::rules
