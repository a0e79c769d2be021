#include "handlers/automation/triggers.hpp"

#include "bus/ids.hpp"
#include "domain/automation_run.hpp"

namespace throughline {

namespace {

const Kind& kind() {
    static const Kind trigger = automation_trigger_kind();
    return trigger;
}

JsonObject fields_of(const Uuid& rule, const char* source) {
    return {{"rule_id", to_string(rule)}, {"source", source}};
}

void add_record(JsonObject& fields, const StreamKey& record) {
    fields.append("record_kind", record.kind);
    fields.append("record_id", to_string(record.id));
}

/// Of what happens by itself.
CommandContext context_of(const Uuid& tenant, const Uuid& id) {
    CommandContext context;
    context.tenant = tenant;
    context.command_id = id;
    context.caller = Caller::system();
    context.origin.channel = "automation";
    return context;
}

void demand(const Result<Written>& written) {
    if (written) return;
    const std::string what = "automation trigger: " + written.error().detail;
    if (written.error().refusal == Refusal::unavailable) throw LogUnavailable(what);
    throw std::runtime_error(what);
}

} // namespace

Uuid due_trigger_id(const Uuid& rule, const Uuid& record, Time due) {
    return derived_uuid(rule, "due " + to_string(record) + " " + to_rfc3339(due));
}

void AutomationTriggers::clock_rang(const Uuid& tenant, const Uuid& rule, Time at,
                                    int missed) const {
    JsonObject fields = fields_of(rule, "cron");
    fields.append("scheduled_at", to_rfc3339(at));
    fields.append("missed", missed);
    const Uuid id = derived_uuid(rule, "cron " + to_rfc3339(at));
    demand(finish(commands_.create(context_of(tenant, id), kind(), id, fields)));
}

void AutomationTriggers::due_soon(const Uuid& tenant, const Uuid& rule, const StreamKey& record,
                                  Time due, int depth) const {
    JsonObject fields = fields_of(rule, "due_soon");
    add_record(fields, record);
    fields.append("scheduled_at", to_rfc3339(due));
    const Uuid id = due_trigger_id(rule, record.id, due);
    CommandContext context = context_of(tenant, id);
    if (depth > 0) context.origin.details.set("depth", depth);
    demand(finish(commands_.create(context, kind(), id, fields)));
}

Result<Written> AutomationTriggers::webhook(const Uuid& tenant, const Uuid& rule,
                                            JsonObject payload,
                                            const HookDelivery& delivery) const {
    JsonObject fields = fields_of(rule, "webhook");
    fields.append("payload", std::move(payload));
    const Uuid id = delivery.id.empty() ? new_id() : derived_uuid(rule, "webhook " + delivery.id);
    CommandContext context = context_of(tenant, id);
    if (!delivery.request_hash.empty()) {
        context.command_id = delivery.command;
        context.request_hash = delivery.request_hash;
        context.origin.correlation_id = id;
    }
    return finish(commands_.create(context, kind(), id, fields));
}

Result<PendingWrite> AutomationTriggers::manual(CommandContext context, const Uuid& rule,
                                                const std::optional<StreamKey>& record,
                                                JsonObject payload) const {
    JsonObject fields = fields_of(rule, "manual");
    if (record) add_record(fields, *record);
    fields.append("payload", std::move(payload));
    context.caller = Caller::system();
    return commands_.create(context, kind(), new_id(), fields); // a key is good for a day
}

} // namespace throughline
