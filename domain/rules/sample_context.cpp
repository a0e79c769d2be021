#include "domain/rules/sample_context.hpp"

namespace throughline::rules {

namespace {

const Json* record_in(const JsonObject& sample, const Kind& kind) {
    const Json* const record = sample.find(kind.name);
    return record != nullptr || kind.also.empty() ? record : sample.find(kind.also);
}

/// An event's before and after, of {"field": {"old", "new"}}.
void add_changes(JsonObject& data, const Json& changes) {
    if (changes.object() == nullptr) return;
    JsonObject before;
    JsonObject after;
    for (const auto& [field, change] : *changes.object()) {
        before.append(field, value_of(change, "old"));
        after.append(field, value_of(change, "new"));
    }
    data.set("before", std::move(before));
    data.set("after", std::move(after));
}

/// What the sample says itself stands; of records only what the context does not complete.
void add_given(JsonObject& context, const Registry& registry, const JsonObject& sample) {
    for (const auto& [name, value] : sample) {
        const Kind* const kind = registry.find(name);
        const bool is_record = kind != nullptr && value.object() != nullptr;
        if (!is_record && name != "changes") context.set(name, value);
    }
}

/// The kind of record that a trigger is about; nullptr where it is about none.
const Kind* kind_of_trigger(const Registry& registry, const Json& trigger) {
    const std::string event = trigger.text("event");
    return registry.find(event.substr(0, event.find('.')));
}

} // namespace

JsonObject sample_context(const Registry& registry, const Json& trigger, const JsonObject& sample,
                          ContextSource source) {
    source.event_type =
        trigger.text("type") == "event" ? trigger.text("event") : trigger.text("type");
    source.kind = kind_of_trigger(registry, trigger);
    for (const Kind& kind : registry.kinds()) {
        const Json* const record = record_in(sample, kind);
        if (record == nullptr || record->object() == nullptr) continue;
        if (&kind == source.kind)
            source.record = *record->object();
        else
            source.linked.append(kind.name, *record);
    }
    if (const Json* const changes = sample.find("changes")) add_changes(source.data, *changes);
    JsonObject context = rule_context(source);
    add_given(context, registry, sample);
    if (const Json* const payload = sample.find("payload")) add_payload(context, *payload);
    return context;
}

} // namespace throughline::rules
