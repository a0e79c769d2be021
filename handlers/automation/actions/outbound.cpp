#include "handlers/automation/actions/outbound.hpp"

#include "bus/ids.hpp"
#include "handlers/automation/actions/http_result.hpp"

namespace throughline {

EffectResult Outbound::send(const Effect& effect, HttpRequest request) const {
    return result_of(http.send(std::move(request), tenants.http_allowlist(effect.run.tenant)),
                     now());
}

void add_outbound_actions(Actions& actions, const Outbound& with) {
    actions.insert_or_assign("http.request", http_request_action(with));
    actions.insert_or_assign("http.openapi", http_openapi_action(with));
    actions.insert_or_assign("webhook.publish", webhook_publish_action(with));
    actions.insert_or_assign("email.send", email_send_action(with));
}

} // namespace throughline
