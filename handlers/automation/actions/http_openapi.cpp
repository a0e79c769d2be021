#include "domain/rules/openapi_call.hpp"
#include "handlers/automation/actions/outbound.hpp"
#include "handlers/automation/actions/outcomes.hpp"

namespace throughline {

Perform http_openapi_action(const Outbound& with) {
    return [with](const Effect& effect) -> EffectResult {
        const std::string name = text_parameter(effect, "document").value_or("");
        const std::string id = text_parameter(effect, "operation_id").value_or("");
        const auto operations = with.documents.operations(effect.run.tenant, name);
        if (!operations)
            return failed("document", "There is no OpenAPI document \"" + name + "\".");
        const auto operation = rules::find_operation(*operations, id);
        if (!operation) return failed("operation_id", "There is no operation \"" + id + "\".");
        const Json* const given = effect.parameters.find("parameters");
        const bool has_any = given != nullptr && given->object() != nullptr;
        auto call = rules::call_of(*operation, has_any ? *given->object() : JsonObject{},
                                   value_of(effect.parameters, "body"));
        if (!call) return failed(call.error());
        HttpRequest request{call->method, call->url, std::move(call->headers),
                            std::move(call->body)};
        request.headers.emplace_back("Idempotency-Key", to_string(effect.id));
        if (!request.body.empty()) request.headers.emplace_back("Content-Type", "application/json");
        return with.send(effect, std::move(request));
    };
}

} // namespace throughline
