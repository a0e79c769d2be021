#include "handlers/merges.hpp"

#include "bus/ids.hpp"
#include "domain/record/ownership.hpp"
#include "domain/record/value.hpp"
#include "handlers/references.hpp"
#include "handlers/stream_walk.hpp"
#include "handlers/survivor.hpp"

#include <algorithm>
#include <array>

namespace throughline {

namespace {

std::string below(std::string pointer, std::string_view member) {
    pointer += '/';
    append_pointer_token(pointer, member);
    return pointer;
}

/// An object of ids; which fields there are the kind says.
std::optional<Json> normal_sources(const Json& written, const std::string& pointer,
                                   std::vector<FieldError>& faults) {
    const JsonObject* const members = written.object();
    if (members == nullptr) {
        add_fault(faults, pointer, "invalid_type", "An object of ids by field is expected.");
        return std::nullopt;
    }
    JsonObject sources;
    for (const auto& [name, value] : *members) {
        const auto id = value.string() == nullptr ? std::nullopt : parse_uuid(*value.string());
        if (id)
            sources.append(name, to_string(*id));
        else
            add_fault(faults, below(pointer, name), "invalid_format", "It is not a UUID.");
    }
    return Json(std::move(sources));
}

const OwnRules& source_rules() {
    static constexpr OwnRules rules{
        normal_sources,
        R"({"type": "object", "additionalProperties": {"type": "string", "format": "uuid"}})"};
    return rules;
}

Uuid id_at(const JsonObject& values, std::string_view name) {
    return uuid_of(*values.find(name)->string());
}

/// What the audit log shows beside the change.
CommandContext told(CommandContext context, const std::string& what, JsonObject details) {
    context.origin.details.set(what, std::move(details));
    return context;
}

JsonArray texts_of(const std::vector<Uuid>& ids) {
    JsonArray texts;
    for (const Uuid& id : ids) texts.emplace_back(to_string(id));
    return texts;
}

FieldError unknown(std::string where, const Kind& kind) {
    return {std::move(where), "unknown_reference",
            "No " + kind.name + " of this tenant is meant by it."};
}

/// The body of a merge, declared as a record's fields are.
Kind merge_form(const Kind& kind) {
    return {kind.name + "Merge",
            "",
            {reference("into", kind.name).required(), references("from", kind.name).required(),
             own("fields", source_rules())}};
}

/// The id of an unmerge's body, {"id"}.
Result<Uuid> read_unmerge(const Kind& kind, const Json& body) {
    std::vector<FieldError> errors;
    for (const JsonMember& member : *body.object())
        if (member.name != "id")
            add_fault(errors, below("", member.name), "unknown_field", "There is no such field.");
    const Json* const given = body.find("id");
    const auto id = given == nullptr
                        ? std::optional<Json>(Json())
                        : normal_value(reference("id", kind.name), *given, "/id", errors);
    if (id && id->is_null()) add_fault(errors, "/id", "required", "It is required.");
    if (!errors.empty()) return invalid(std::move(errors));
    return uuid_of(*id->string());
}

} // namespace

/// What a merge is asked for.
struct Merges::Wanted {
    Uuid into;
    std::vector<Uuid> from;
    JsonObject chosen;

    [[nodiscard]] static Result<Wanted> read(const Kind& kind, const Json& body) {
        const auto draft = check_create(merge_form(kind), body);
        if (!draft) return draft.error();
        const JsonObject& values = draft->values;
        Wanted wanted{id_at(values, "into"), ids_in(*values.find("from")), {}};
        if (const Json* const sources = values.find("fields"); sources && sources->object())
            wanted.chosen = *sources->object();
        auto wrong = wanted.faults(kind);
        if (!wrong.empty()) return invalid(std::move(wrong));
        return wanted;
    }

    [[nodiscard]] std::vector<FieldError> faults(const Kind& kind) const {
        std::vector<FieldError> wrong;
        if (from.empty() || from.size() > most_merged_at_once)
            wrong.push_back({"/from", from.empty() ? "required" : "too_large",
                             "From 1 to 100 records are merged into one."});
        if (std::ranges::find(from, into) != from.end())
            wrong.push_back({"/from", "invalid_choice", "A record is not merged into itself."});
        for (const auto& [name, value] : chosen) {
            const Uuid source = uuid_of(*value.string());
            if (kind.field(name) == nullptr)
                wrong.push_back(
                    {below("/fields", name), "unknown_field", "There is no such field."});
            else if (source != into && std::ranges::find(from, source) == from.end())
                wrong.push_back({below("/fields", name), "invalid_choice",
                                 "It is neither the record that stays nor one merged into it."});
        }
        return wrong;
    }
};

Result<RecordDecision> Merges::decide(const CommandContext& context, const Kind& kind,
                                      const Wanted& wanted, const Record& survivor, Time at) const {
    std::vector<StreamKey> keys;
    for (const Uuid& id : wanted.from) keys.push_back({kind.name, id});
    const std::vector<StreamHead> heads = store_.heads(context.tenant, keys);
    std::vector<FieldError> errors;
    MergedRecords others;
    RecordDecision decision;
    for (std::size_t i = 0; i < heads.size(); ++i) {
        const StreamHead& head = heads[i];
        if (head.version == 0 || head.archived || !sees(context.caller, kind, head.state)) {
            errors.push_back(unknown("/from/" + std::to_string(i), kind));
            continue;
        }
        Record record = record_from_state(kind, head.state, head.version, false);
        others.emplace_back(head.stream.id, record.fields);
        const auto events = decide_merged_into(kind, record, wanted.into);
        decision.created.push_back(
            to_write(context.tenant, kind, head.stream.id, record, events, at));
    }
    if (!errors.empty()) return invalid(std::move(errors));
    auto events = decide_merge(kind, survivor, others, wanted.chosen, at);
    if (!events) return events.error();
    decision.events = std::move(*events);
    return decision;
}

Result<PendingWrite> Merges::merge(const CommandContext& context, const Kind& kind,
                                   const Json& body) const {
    auto wanted = Wanted::read(kind, body);
    if (!wanted) return wanted.error();
    const Uuid into = wanted->into;
    const CommandContext named =
        told(context, "merge", {{"into", to_string(into)}, {"from", texts_of(wanted->from)}});
    return commands_.decide(
        named, kind, into,
        [this, &kind, wanted = std::move(*wanted)](const CommandContext& given,
                                                   const Record& record, Time at) {
            return decide(given, kind, wanted, record, at);
        },
        Permission::records_merge);
}

Result<RecordDecision> Merges::decide_out(const CommandContext& context, const Kind& kind,
                                          const Uuid& survivor, const Uuid& out,
                                          const Record& record, Time at) const {
    const std::array keys{StreamKey{kind.name, out}};
    const StreamHead head = store_.heads(context.tenant, keys).front();
    Record merged = head.version == 0
                        ? Record{}
                        : record_from_state(kind, head.state, head.version, head.archived);
    // As the merge saw it, but with the tenant's own references, which lead on, too.
    Kind own = kind;
    own.custom = commands_.declared(context.tenant, kind)->custom;
    Unmerging unmerging(own, out);
    const auto each_event = [&](const auto& use) {
        walk_stream(store_, context.tenant, {kind.name, survivor}, 0, record.version,
                    [&](const StoredEvent& event) {
                        use(PastEvent{event.version, event.type, current_data(event), event.time});
                    });
    };
    if (merged.merged_into == survivor)
        each_event([&](const PastEvent& event) { unmerging.see(event); });
    if (!unmerging.is_merged())
        return invalid({{"/id", "unknown_reference",
                         "No " + kind.name + " that was merged into this one is meant by it."}});
    std::vector<StreamKey> others;
    for (const Uuid& id : unmerging.merged()) others.push_back({kind.name, id});
    std::map<Uuid, JsonObject> fields;
    for (const StreamHead& other : store_.heads(context.tenant, others))
        fields.emplace(other.stream.id,
                       record_from_state(kind, other.state, other.version, true).fields);
    each_event([&](const PastEvent& event) { unmerging.fold(event, fields); });
    const auto merge = merge_of(store_, context.tenant, head);
    const auto survivors = survivors_of(store_, context.tenant, unmerging.references(record));
    RecordDecision decision{unmerging.decide(record, merge->origin.correlation_id, survivors), {}};
    decision.created.push_back(
        to_write(context.tenant, kind, out, merged, decide_unmerged(kind, merged), at));
    return decision;
}

Result<PendingWrite> Merges::unmerge(const CommandContext& context, const Kind& kind,
                                     const Uuid& survivor, const Json& body) const {
    const auto read = read_unmerge(kind, body);
    if (!read) return read.error();
    const Uuid out = *read;
    return commands_.decide(
        told(context, "unmerge", {{"from", to_string(survivor)}, {"id", to_string(out)}}), kind,
        survivor,
        [this, &kind, survivor, out](const CommandContext& given, const Record& record, Time at) {
            return decide_out(given, kind, survivor, out, record, at);
        },
        Permission::records_merge);
}

Record Merges::live(const Uuid& tenant, const Kind& kind, const Uuid& id) const {
    const std::array key{StreamKey{kind.name, id}};
    const StreamHead head = store_.heads(tenant, key).front();
    if (head.version == 0 || head.archived) return {};
    return record_from_state(kind, head.state, head.version, false);
}

Result<RecordDecision> Merges::would_merge(const CommandContext& context, const Kind& kind,
                                           const Json& body) const {
    const auto wanted = Wanted::read(kind, body);
    if (!wanted) return wanted.error();
    const Record survivor = live(context.tenant, kind, wanted->into);
    if (survivor.version == 0) return no_such(kind.name);
    return decide(context, kind, *wanted, survivor, now());
}

Result<RecordDecision> Merges::would_unmerge(const CommandContext& context, const Kind& kind,
                                             const Uuid& survivor, const Uuid& out) const {
    const Record record = live(context.tenant, kind, survivor);
    if (record.version == 0) return no_such(kind.name);
    return decide_out(context, kind, survivor, out, record, now());
}

JsonObject Merges::unmerged(const Uuid& tenant, const Kind& kind, const Written& survivor) const {
    const std::int64_t version = survivor.record.version;
    const auto events = store_.stream(tenant, {kind.name, survivor.id}, version - 1, version);
    return current_data(events.back());
}

} // namespace throughline
