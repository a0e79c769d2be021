#include "handlers/automation/actions/notification_send.hpp"

#include "domain/text.hpp"
#include "handlers/automation/actions/outcomes.hpp"
#include "handlers/identity/member_lookup.hpp"

namespace throughline {

EffectResult NotificationSend::operator()(const Effect& effect) const {
    const std::string recipient = trimmed(text_parameter(effect, "recipient").value_or(""));
    const auto message = text_parameter(effect, "message");
    if (recipient.empty()) return failed("recipient", "It is required.");
    if (!message) return failed("message", "It is required.");
    const RunFacts& run = effect.run;
    const std::string title = text_parameter(effect, "title").value_or(run.rule_name);
    const Uuid id = derived_uuid(effect.id, "notification");
    const auto member = find_member(store, run.tenant, recipient);
    if (!member && !looks_like_email(recipient))
        return failed("recipient", "No member is meant by it, and it is no address.");
    if (member) {
        notifications.add({id, run.tenant, *member, "automation", title, *message, run.subject});
    } else {
        Mail mail{recipient, title, *message, id};
        mail.tenant = run.tenant;
        if (auto fault = fault_of_sending(mailer, mail)) return *fault;
    }
    return Done{JsonObject{{"id", to_string(id)},
                           {"recipient", member ? to_string(*member) : recipient},
                           {"via", member ? "in_app" : "email"}}};
}

} // namespace throughline
