#include "domain/rules/template_helpers.hpp"
#include "handlers/automation/actions/outbound.hpp"
#include "handlers/automation/actions/outcomes.hpp"

#include <strings.h>

namespace throughline {

namespace {

HttpFields headers_of(const JsonObject& parameters) {
    HttpFields out;
    const Json* const headers = parameters.find("headers");
    if (headers == nullptr || headers->object() == nullptr) return out;
    for (const auto& [name, value] : *headers->object())
        out.emplace_back(name, rules::text_of(value));
    return out;
}

/// A text goes as it is, nothing as nothing, all else as JSON.
void put_body(const Json* body, HttpRequest& request) {
    if (body == nullptr || body->is_null()) return;
    if (const std::string* const text = body->string()) {
        request.body = *text;
        return;
    }
    request.body = to_text(*body);
    if (find_field(request.headers, "Content-Type") == nullptr)
        request.headers.emplace_back("Content-Type", "application/json");
}

} // namespace

Perform http_request_action(const Outbound& with) {
    return [with](const Effect& effect) -> EffectResult {
        HttpRequest request{text_parameter(effect, "method").value_or(""),
                            text_parameter(effect, "url").value_or(""),
                            headers_of(effect.parameters),
                            {}};
        std::erase_if(request.headers, [](const auto& field) {
            return strcasecmp(field.first.c_str(), "Idempotency-Key") == 0;
        });
        request.headers.emplace_back("Idempotency-Key", to_string(effect.id));
        put_body(effect.parameters.find("body"), request);
        return with.send(effect, std::move(request));
    };
}

} // namespace throughline
