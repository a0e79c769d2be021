#include "handlers/automation/actions/house_actions.hpp"

#include "handlers/automation/actions/delay.hpp"
#include "handlers/automation/actions/message_post.hpp"
#include "handlers/automation/actions/notification_send.hpp"
#include "handlers/automation/actions/outcomes.hpp"
#include "handlers/automation/actions/record_actions.hpp"

namespace throughline {

namespace {

EffectResult enqueue(Queues& queues, const Effect& effect) {
    const std::string queue = text_parameter(effect, "queue").value_or("");
    const auto done = queues.enqueue({effect.id, effect.run.tenant, queue,
                                      value_of(effect.parameters, "payload"), effect.run.subject});
    if (!done) return failed(done.error());
    return Done{JsonObject{{"id", to_string(effect.id)}, {"queue", queue}}};
}

EffectResult track(Analytics& analytics, const Effect& effect) {
    const auto event = text_parameter(effect, "event");
    if (!event) return failed("event", "It is required.");
    Json properties = value_of(effect.parameters, "properties");
    if (properties.is_null()) properties = JsonObject{};
    if (properties.object() == nullptr) return failed("properties", "An object is expected.");
    analytics.track({effect.id, effect.run.tenant, *event, std::move(properties), effect.run.rule,
                     effect.run.subject});
    return Done{JsonObject{{"id", to_string(effect.id)}, {"event", *event}}};
}

EffectResult generate(AiProvider& ai, const Effect& effect) {
    const auto prompt = text_parameter(effect, "prompt");
    if (!prompt) return failed("prompt", "It is required.");
    const AiText made = ai.generate({effect.run.tenant, *prompt});
    return Done{JsonObject{{"text", made.text}, {"provider", ai.name()}, {"tokens", made.tokens}}};
}

} // namespace

Actions house_actions(const House& house) {
    const RecordActions records(house.store, house.commands, house.registry);
    return {
        {"task.create",
         [records](const Effect& effect) { return records.create(effect, "task", "task_data"); }},
        {"create_task", [records](const Effect& effect) { return records.create_task(effect); }},
        {"project.create",
         [records](const Effect& effect) {
             return records.create(effect, "project", "project_data");
         }},
        {"deal.update", [records](const Effect& effect) { return records.update(effect, "deal"); }},
        {"contact.update",
         [records](const Effect& effect) { return records.update(effect, "contact"); }},
        {"update_status",
         [records](const Effect& effect) { return records.update_status(effect); }},
        {"notification.send", NotificationSend{house.store, house.notifications, house.mailer}},
        {"message.post", MessagePost{records, house.mailer}},
        {"queue.enqueue",
         [&queues = house.queues](const Effect& effect) { return enqueue(queues, effect); }},
        {"analytics.track",
         [&analytics = house.analytics](const Effect& effect) { return track(analytics, effect); }},
        {"ai.generate", [&ai = house.ai](const Effect& effect) { return generate(ai, effect); }},
        {"delay", Delay{house.store}},
    };
}

} // namespace throughline
