#include "bus/ids.hpp"
#include "handlers/automation/actions/outbound.hpp"
#include "handlers/automation/actions/outcomes.hpp"
#include "handlers/webhook_signature.hpp"

namespace throughline {

namespace {

HttpRequest webhook(const Effect& effect, std::string url, const std::string& secret) {
    const Json* const payload = effect.parameters.find("payload");
    const bool is_event = payload == nullptr || payload->is_null();
    HttpRequest request{"POST", std::move(url), {}, {}};
    request.body = is_event ? to_cloudevent(effect.run.event) : to_text(*payload);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now().time_since_epoch());
    const std::string at = std::to_string(seconds.count());
    const std::string id = to_string(effect.id);
    request.headers = {
        {"Content-Type", is_event ? "application/cloudevents+json" : "application/json"},
        {"webhook-id", id},
        {"webhook-timestamp", at},
        {"webhook-signature", webhook_signature(webhook_key(secret), id, at, request.body)}};
    return request;
}

} // namespace

std::string webhook_secret(Secrets& secrets, const Uuid& tenant) {
    return secrets.get_or_keep(tenant, "webhook/outgoing", new_webhook_secret());
}

Perform webhook_publish_action(const Outbound& with) {
    return [with](const Effect& effect) -> EffectResult {
        auto url = text_parameter(effect, "url");
        if (!url) return failed("webhook_id", "There is no register of webhooks yet: give a url.");
        const std::string secret = webhook_secret(with.secrets, effect.run.tenant);
        return with.send(effect, webhook(effect, std::move(*url), secret));
    };
}

} // namespace throughline
