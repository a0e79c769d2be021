#include "api/routes/rule_versions.hpp"

#include "api/routes/parameters.hpp"
#include "domain/automation.hpp"
#include "projections/cursor.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace throughline {

namespace {

constexpr std::int64_t versions_at_once = 100;

std::optional<std::int64_t> whole(std::string_view text) {
    std::int64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    return read.ec == std::errc{} && read.ptr == end ? std::optional(value) : std::nullopt;
}

std::int64_t parameter(const Request& request, std::string_view name, std::int64_t otherwise) {
    return whole(request.parameter(name).value_or("")).value_or(otherwise);
}

/// Calls with each event of the rule up to a version, and the rule after it.
template <class Each>
void each_version(const RuleAnswers& answers, const Request& request, std::int64_t up_to,
                  const Each& each) {
    const StreamKey key{rule_kind().name, request.path_id()};
    Record record;
    for (std::int64_t after = 0; after < up_to; after += versions_at_once)
        for (const StoredEvent& event :
             answers.store.stream(request.principal->tenant_id, key, after,
                                  std::min(after + versions_at_once, up_to))) {
            const Record before = record;
            evolve(record, event.type, current_data(event), event.time);
            each(event, before, record);
        }
}

Result<StreamHead> head_of(const RuleAnswers& answers, const Request& request) {
    const std::array key{StreamKey{rule_kind().name, request.path_id()}};
    StreamHead head = answers.store.heads(request.principal->tenant_id, key).front();
    if (head.version == 0) return no_such(rule_kind().name);
    return head;
}

Json shown_value(std::string_view field, const Json* value) {
    if (value == nullptr) return {};
    if (field == "trigger") return written_trigger(*value);
    return field == "conditions" ? written_conditions(*value) : *value;
}

JsonObject changes_between(const Record& before, const Record& after) {
    JsonObject changes;
    for (const Field& field : rule_kind().fields) {
        Json old_value = shown_value(field.name, before.fields.find(field.name));
        Json new_value = shown_value(field.name, after.fields.find(field.name));
        if (old_value == new_value) continue;
        changes.append(field.name,
                       JsonObject{{"old", std::move(old_value)}, {"new", std::move(new_value)}});
    }
    return changes;
}

JsonObject shown_fields(const Uuid& id, const Record& record) {
    JsonObject rule{{"id", to_string(id)}, {"version", record.version}};
    for (const Field& field : rule_kind().fields)
        rule.append(field.name, shown_value(field.name, record.fields.find(field.name)));
    rule.append("created_at", to_rfc3339(record.created_at));
    rule.append("updated_at", to_rfc3339(record.updated_at));
    return rule;
}

Json shown_actor(const StoredEvent& event, const NameOf& name_of) {
    const Uuid& actor = event.origin.actor_id;
    if (actor.is_nil()) return {};
    const std::string_view name = name_of("user", actor);
    return JsonObject{{"id", to_string(actor)},
                      {"type", event.origin.actor_type},
                      {"name", name.empty() ? Json() : Json(name)}};
}

/// A version on its way to the page, until the names are known.
struct Version {
    StoredEvent event;
    JsonObject shown;
};

std::vector<Version> versions_within(const RuleAnswers& answers, const Request& request,
                                     std::int64_t first, std::int64_t last) {
    std::vector<Version> found;
    each_version(answers, request, last,
                 [&](const StoredEvent& event, const Record& before, const Record& after) {
                     if (event.version < first) return;
                     found.push_back({event,
                                      {{"version", event.version},
                                       {"at", to_rfc3339(event.time)},
                                       {"event", event.type},
                                       {"by", nullptr},
                                       {"channel", event.origin.channel},
                                       {"changes", changes_between(before, after)},
                                       {"rule", shown_fields(request.path_id(), after)}}});
                 });
    std::ranges::reverse(found);
    return found;
}

/// Says of each version who made it.
JsonArray with_actors(const RuleAnswers& answers, const Request& request,
                      std::vector<Version> versions) {
    Names names(answers.store, answers.registry, *request.principal);
    for (const Version& version : versions)
        names.add(rule_kind(),
                  to_text(JsonObject{{"owner_id", to_string(version.event.origin.actor_id)}}));
    const NameOf name_of = names.fetch();
    JsonArray items;
    for (Version& version : versions) {
        version.shown.set("by", shown_actor(version.event, name_of));
        items.emplace_back(std::move(version.shown));
    }
    return items;
}

} // namespace

Result<Response> rule_versions(const RuleAnswers& answers, const Request& request) {
    const auto head = head_of(answers, request);
    if (!head) return head.error();
    const std::int64_t limit = parameter(request, "limit", 50);
    const std::string same = "versions of " + to_string(request.path_id());
    std::int64_t last = head->version;
    if (const auto cursor = request.parameter("cursor"); cursor && !cursor->empty()) {
        const auto keys = read_cursor(*cursor, same, 1);
        const auto below = keys ? whole(keys->front().value_or("")) : std::nullopt;
        if (!below) return invalid_cursor();
        last = std::clamp<std::int64_t>(*below - 1, 0, last);
    }
    const std::int64_t first = std::max<std::int64_t>(last - limit + 1, 1);
    JsonArray items = with_actors(answers, request, versions_within(answers, request, first, last));
    const Json next = first > 1 ? Json(write_cursor(same, {std::to_string(first)})) : Json();
    return list_response(static_cast<std::size_t>(limit), std::move(items), next,
                         total_of(request, [&] { return head->version; }));
}

Result<JsonObject> rule_at_version(const RuleAnswers& answers, const Request& request) {
    const auto head = head_of(answers, request);
    if (!head) return head.error();
    const auto version = whole(request.path_parameter("n"));
    if (!version || *version < 1 || *version > head->version) return no_such("version");
    JsonObject fields;
    each_version(
        answers, request, *version,
        [&](const StoredEvent&, const Record&, const Record& after) { fields = after.fields; });
    if (Json* const trigger = fields.find("trigger")) *trigger = written_trigger(*trigger);
    return fields;
}

} // namespace throughline
