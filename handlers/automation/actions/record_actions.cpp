#include "handlers/automation/actions/record_actions.hpp"

#include "domain/record/ownership.hpp"
#include "domain/rules/template_helpers.hpp"
#include "domain/text.hpp"
#include "handlers/automation/actions/outcomes.hpp"
#include "handlers/survivor.hpp"

#include <algorithm>
#include <array>

namespace throughline {

namespace {

/// The command has the effect's id, so that the log knows a second attempt.
CommandContext context_of(const Effect& effect) {
    CommandContext context;
    context.tenant = effect.run.tenant;
    context.origin = effect.run.origin();
    context.caller = effect.run.owner;
    context.owner = effect.run.owner.user;
    context.command_id = effect.id;
    return context;
}

EffectResult end_of(const Result<Written>& written, const Kind& kind, std::string_view pointer) {
    if (!written) return failed(written.error(), pointer);
    JsonObject output{{"id", to_string(written->id)}, {"kind", kind.name}};
    for (const auto& [name, value] : written->record.fields) output.set(name, value);
    return Done{std::move(output)};
}

/// None to a member: whose a record is, is another matter.
const Field* reference_to(const Kind& kind, std::string_view target) {
    const auto found = std::ranges::find_if(kind.fields, [&](const Field& field) {
        return field.type == FieldType::reference && field.target == target && !field.names_owner();
    });
    return found == kind.fields.end() ? nullptr : &*found;
}

const Field* status_of(const Kind& kind) {
    return kind.name == "deal" ? kind.field("stage") : kind.field("status");
}

} // namespace

void RecordActions::refer_to_subject(const RunFacts& run, const Kind& kind,
                                     JsonObject& data) const {
    const Field* const field = run.subject ? reference_to(kind, run.subject->kind) : nullptr;
    if (field == nullptr || data.contains(field->name) || data.contains(field->name_member()))
        return;
    const std::array keys{*run.subject};
    const StreamHead head = survivor_of(store_, run.tenant, store_.heads(run.tenant, keys).front());
    // What the rule's owner does not see cannot be referred to with their rights.
    if (head.version == 0 || head.archived ||
        !sees(run.owner, registry_, head.stream.kind, head.state))
        return;
    data.append(field->name, to_string(head.stream.id));
}

EffectResult RecordActions::create(const Effect& effect, const std::string& kind_name, Json data,
                                   std::string_view pointer) const {
    const Kind& kind = *registry_.find(kind_name);
    if (JsonObject* const members = data.object()) refer_to_subject(effect.run, kind, *members);
    return end_of(
        finish(commands_.create(context_of(effect), kind, derived_uuid(effect.id, "record"), data)),
        kind, pointer);
}

EffectResult RecordActions::create(const Effect& effect, const std::string& kind,
                                   std::string_view parameter) const {
    return create(effect, kind, value_of(effect.parameters, parameter),
                  '/' + std::string(parameter));
}

EffectResult RecordActions::create_task(const Effect& effect) const {
    JsonObject data;
    for (const auto& [name, value] : effect.parameters)
        if (std::string text = rules::text_of(value); !text.empty())
            data.append(name, std::move(text));
    return create(effect, "task", std::move(data), "");
}

EffectResult RecordActions::change(const Effect& effect, const Kind& kind, const Uuid& id,
                                   const Json& changes, std::string_view pointer) const {
    return end_of(finish(commands_.update(context_of(effect), kind, id, changes)), kind, pointer);
}

EffectResult RecordActions::update(const Effect& effect, const std::string& kind_name) const {
    const Kind& kind = *registry_.find(kind_name);
    const std::optional<StreamKey>& subject = effect.run.subject;
    std::optional<Uuid> id;
    if (const auto given = text_parameter(effect, "id")) {
        id = parse_uuid(*given);
        if (!id) return failed("id", "It is no id.");
    } else if (subject && subject->kind == kind.name) {
        id = subject->id;
    } else {
        return failed("id", "It is required: the event is about no " + kind.name + '.');
    }
    return change(effect, kind, *id, value_of(effect.parameters, "changes"), "/changes");
}

/// The subject's own kind, or the one that has a record of this id.
const Kind* RecordActions::kind_with(const RunFacts& run, const Uuid& id) const {
    if (run.subject && run.subject->id == id) return registry_.find(run.subject->kind);
    std::vector<StreamKey> keys;
    for (const Kind& kind : registry_.kinds()) keys.push_back({kind.name, id});
    for (const StreamHead& head : store_.heads(run.tenant, keys))
        if (head.version != 0) return registry_.find(head.stream.kind);
    return nullptr;
}

EffectResult RecordActions::update_status(const Effect& effect) const {
    const auto id = parse_uuid(text_parameter(effect, "entity_id").value_or(""));
    if (!id) return failed("entity_id", "It is no id.");
    const auto status = text_parameter(effect, "new_status");
    if (!status) return failed("new_status", "It is required.");
    const auto named = text_parameter(effect, "entity_type");
    const Kind* const kind =
        named ? registry_.find(case_folded(*named)) : kind_with(effect.run, *id);
    if (kind == nullptr)
        return named ? failed("entity_type", "There is no such kind of record.")
                     : failed("entity_id", "No record has this id.");
    const Field* const field = status_of(*kind);
    if (field == nullptr) return failed("entity_type", "Of its kind none has a status.");
    return change(effect, *kind, *id, JsonObject{{field->name, *status}}, "/new_status");
}

} // namespace throughline
