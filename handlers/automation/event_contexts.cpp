#include "handlers/automation/event_contexts.hpp"

#include "domain/identity/tenant.hpp"
#include "domain/record/view.hpp"
#include "handlers/time_zones.hpp"

#include <array>
#include <map>

namespace throughline {

namespace {

bool is_trigger(const StoredEvent& event) { return event.stream.kind == "automation_trigger"; }

/// What a rule reads as the event's type.
std::string shown_type(const StoredEvent& event, const JsonObject& data) {
    if (!is_trigger(event)) return event.type;
    const Json fields(data);
    const std::string source = fields.text("source");
    return source == "due_soon" ? fields.text("record_kind") + ".due_soon" : source;
}

JsonObject object_of(const std::string& text) {
    Json parsed = parse_json(text);
    return std::move(*parsed.object());
}

JsonObject shown_tenant(const StreamHead& head) {
    static const Kind kind = tenant_kind();
    if (head.version == 0) return {};
    JsonObject tenant{{"id", to_string(head.stream.id)}};
    const Record record = record_from_state(kind, head.state, head.version, head.archived);
    for (const auto& [name, value] : with_initial_values(kind, record.fields))
        tenant.append(name, value);
    return tenant;
}

Json shown_user(const StreamHead& head) {
    if (head.version == 0) return {};
    const Json state = parse_json(head.state);
    return JsonObject{{"id", to_string(head.stream.id)},
                      {"name", state.text("name")},
                      {"email", state.text("email")}};
}

} // namespace

/// Events of one tenant on the way to their contexts. First all records are read, then all that
/// they refer to.
struct EventContexts::Batch {
    const EventContexts& with;
    const Uuid& tenant;
    std::span<const StoredEvent* const> events;

    struct Subject {
        std::shared_ptr<const Kind> kind;
        StreamHead head;
    };
    std::vector<std::optional<Subject>> subjects;
    std::map<StreamMoment, StreamHead> linked;

    void read(std::map<StreamMoment, StreamHead>& into) const {
        std::vector<StreamMoment> moments;
        for (const auto& [moment, head] : into) moments.push_back(moment);
        if (moments.empty()) return;
        for (std::size_t i = 0; StreamHead & head : with.records_.heads(tenant, moments))
            into[moments[i++]] = std::move(head);
    }

    /// A record that has just begun is what its event says.
    [[nodiscard]] static bool is_first(const StoredEvent& event, const StreamKey& subject) {
        return event.stream == subject && event.version == 1;
    }

    void read_subjects() {
        std::map<StreamMoment, StreamHead> wanted;
        for (const StoredEvent* const event : events)
            if (const auto key = with.subject(*event); key && !is_first(*event, *key))
                wanted[{*key, event->position}];
        read(wanted);
        for (const StoredEvent* const event : events) {
            const auto key = with.subject(*event);
            if (!key) {
                subjects.emplace_back();
                continue;
            }
            Subject subject{with.kinds_.of(tenant, *with.registry_.find(key->kind)), {}};
            if (is_first(*event, *key)) {
                Record record;
                evolve(record, event->type, current_data(*event), event->time);
                subject.head = {*key, 1, state_text(*subject.kind, record), {}, false};
            } else {
                subject.head = wanted[{*key, event->position}];
            }
            subjects.push_back(std::move(subject));
        }
    }

    void read_linked() {
        for (std::size_t i = 0; i < events.size(); ++i) {
            const std::int64_t at = events[i]->position;
            linked[{{"user", events[i]->origin.actor_id}, at}];
            linked[{{"tenant", tenant}, at}];
            if (!subjects[i] || subjects[i]->head.version == 0) continue;
            std::vector<StreamKey> keys;
            collect_references(*subjects[i]->kind, subjects[i]->head.state, keys);
            for (StreamKey& key : keys) linked[{std::move(key), at}];
        }
        read(linked);
    }

    [[nodiscard]] const StreamHead* head(const StreamKey& key, std::int64_t at) const {
        const auto found = linked.find({key, at});
        return found == linked.end() || found->second.version == 0 ? nullptr : &found->second;
    }

    [[nodiscard]] JsonObject shown(const Kind& kind, const StreamHead& of, std::int64_t at) const {
        const NameOf names = [&](std::string_view target, const Uuid& id) -> std::string_view {
            const StreamHead* const found = head({std::string(target), id}, at);
            return found == nullptr ? std::string_view() : std::string_view(found->title);
        };
        return object_of(record_json(kind, of.stream.id, of.version, of.state, names));
    }

    /// The first of each kind that the record refers to.
    [[nodiscard]] JsonObject shown_linked(const Subject& subject, std::int64_t at) const {
        JsonObject shown_records;
        std::vector<StreamKey> keys;
        collect_references(*subject.kind, subject.head.state, keys);
        for (const StreamKey& key : keys) {
            const Kind* const kind = with.registry_.find(key.kind);
            const StreamHead* const found = head(key, at);
            if (kind == nullptr || found == nullptr || shown_records.contains(kind->name)) continue;
            shown_records.append(kind->name, shown(*with.kinds_.of(tenant, *kind), *found, at));
        }
        return shown_records;
    }

    [[nodiscard]] JsonObject context(std::size_t i) const {
        const StoredEvent& event = *events[i];
        rules::ContextSource source;
        source.data = current_data(event);
        source.event_id = to_string(event.id);
        source.event_type = shown_type(event, source.data);
        source.time = event.time;
        if (const auto& subject = subjects[i]; subject && subject->head.version > 0) {
            source.kind = subject->kind.get();
            source.record = shown(*subject->kind, subject->head, event.position);
            source.linked = shown_linked(*subject, event.position);
        }
        const StreamHead* const actor = head({"user", event.origin.actor_id}, event.position);
        if (actor != nullptr) source.user = shown_user(*actor);
        source.tenant = shown_tenant(linked.at({{"tenant", tenant}, event.position}));
        JsonObject context = rules::rule_context(source);
        if (is_trigger(event))
            if (const Json* const payload = source.data.find("payload"))
                rules::add_payload(context, *payload);
        return context;
    }
};

std::optional<StreamKey> EventContexts::subject(const StoredEvent& event) const {
    if (registry_.find(event.stream.kind) != nullptr) return event.stream;
    if (!is_trigger(event)) return std::nullopt;
    const Json data(current_data(event));
    const Kind* const kind = registry_.find(data.text("record_kind"));
    const auto id = parse_uuid(data.text("record_id"));
    if (kind == nullptr || !id) return std::nullopt;
    return StreamKey{kind->name, *id};
}

std::vector<JsonObject> EventContexts::of(const Uuid& tenant,
                                          std::span<const StoredEvent* const> events) const {
    if (events.empty()) return {};
    Batch batch{*this, tenant, events, {}, {}};
    batch.read_subjects();
    batch.read_linked();
    std::vector<JsonObject> contexts;
    for (std::size_t i = 0; i < events.size(); ++i) contexts.push_back(batch.context(i));
    return contexts;
}

JsonObject EventContexts::of(const StoredEvent& event) const {
    const std::array one{&event};
    return std::move(of(event.tenant, one).front());
}

JsonObject EventContexts::tenant(const Uuid& tenant, std::int64_t at) const {
    const std::array moment{StreamMoment{{"tenant", tenant}, at}};
    return shown_tenant(records_.heads(tenant, moment).front());
}

const date::time_zone& zone_in(const Json& context) {
    const Json* const tenant = context.find("tenant");
    return zone_or_utc(tenant == nullptr ? "UTC" : tenant->text("timezone", "UTC"));
}

} // namespace throughline
