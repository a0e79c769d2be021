#include "handlers/references.hpp"

#include "bus/ids.hpp"
#include "domain/identity/streams.hpp"
#include "domain/record/ownership.hpp"
#include "domain/record/value.hpp"
#include "domain/text.hpp"
#include "handlers/survivor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace throughline {
namespace {

/// Whether there is such a thing; of users only those who are active.
bool is_there(const StreamHead& head) {
    if (head.version == 0 || head.archived) return false;
    if (head.stream.kind != "user") return true;
    const Json state = parse_json(head.state);
    const Json* const active = state.find("active");
    return active == nullptr || *active != Json(false);
}

FieldError unknown(const std::string& member, const Field& field) {
    return {"/" + member, "unknown_reference",
            "No " + field.target + " of this tenant is meant by it."};
}

FieldError differs(const Field& field) {
    return {"/" + field.name_member(), "invalid_format",
            "It and " + field.name + " are given with different values."};
}

void add_errors(std::vector<FieldError>& errors, const Rejection& rejection) {
    errors.insert(errors.end(), rejection.errors.begin(), rejection.errors.end());
}

const std::string* text_of(const JsonObject& object, std::string_view name) {
    const Json* value = object.find(name);
    return value != nullptr ? value->string() : nullptr;
}

bool same(const JsonObject& values, const JsonObject& before, std::string_view name) {
    const Json* old = before.find(name);
    return old != nullptr && *old == *values.find(name);
}

} // namespace

Result<Resolved> ReferenceResolver::resolve(const CommandContext& context, Time now,
                                            const Kind& kind, const Draft& draft,
                                            const JsonObject& before) const {
    Resolved resolved{draft.values, {}};
    std::vector<FieldError> errors;
    for (const Field& field : kind.fields) {
        if (field.refers()) resolve_field(context, now, field, draft, before, resolved, errors);
    }
    check_custom(context, kind, resolved.values, before, errors);
    if (!errors.empty()) return invalid(std::move(errors));
    return resolved;
}

void ReferenceResolver::resolve_field(const CommandContext& context, Time now, const Field& field,
                                      const Draft& draft, const JsonObject& before,
                                      Resolved& resolved, std::vector<FieldError>& errors) const {
    const Json* name = draft.names.find(field.name);
    if (name != nullptr && name->array() != nullptr) {
        auto ids = ids_of_names(context, now, field, *name->array());
        if (!ids)
            add_errors(errors, ids.error());
        else if (const Json* const given = resolved.values.find(field.name);
                 given != nullptr && *given != *ids)
            errors.push_back(differs(field));
        else
            resolved.values.set(field.name, std::move(*ids));
        return;
    }
    if (field.type == FieldType::references) {
        if (auto error = check_ids(context, field, resolved.values, before))
            errors.push_back(*error);
        return;
    }
    if (name == nullptr || resolved.values.contains(field.name)) {
        if (auto error = check_id(context, field, resolved.values, draft.names, before))
            errors.push_back(*error);
        return;
    }
    if (name->is_null()) {
        resolved.values.set(field.name, nullptr);
        return;
    }
    auto found = find_by_name(context, now, field, *name->string());
    if (!found) {
        add_errors(errors, found.error());
        return;
    }
    resolved.values.set(field.name, to_string(found->id));
    if (found->created) resolved.created.push_back(std::move(*found->created));
}

/// What the tenant's own fields in metadata refer to.
void ReferenceResolver::check_custom(const CommandContext& context, const Kind& kind,
                                     JsonObject& values, const JsonObject& before,
                                     std::vector<FieldError>& errors) const {
    Json* const metadata = values.find("metadata");
    if (metadata == nullptr || metadata->object() == nullptr) return;
    const Json* const old = before.find("metadata");
    for (const Field& custom : kind.custom) {
        Json* const id = metadata->object()->find(custom.name);
        if (custom.type != FieldType::reference || id == nullptr || id->is_null()) continue;
        const Json* const kept = old == nullptr ? nullptr : old->find(custom.name);
        if (kept != nullptr && *kept == *id) continue;
        const StreamHead head = stands_for(context, custom, *id->string());
        if (can_be_meant(context, head))
            *id = to_string(head.stream.id);
        else
            errors.push_back(unknown("metadata/" + custom.name, custom));
    }
}

std::optional<FieldError> ReferenceResolver::check_id(const CommandContext& context,
                                                      const Field& field, JsonObject& values,
                                                      const JsonObject& names,
                                                      const JsonObject& before) const {
    const Json* name = names.find(field.name);
    const std::string* id = text_of(values, field.name);
    if (id == nullptr) {
        if (name != nullptr && !name->is_null()) return differs(field);
        return std::nullopt;
    }
    // Whoever accepts an invitation acts before they are a member.
    const Uuid& user = context.caller.user.is_nil() ? context.origin.actor_id : context.caller.user;
    const bool is_caller = field.target == "user" && *id == to_string(user);
    if (name == nullptr && is_caller) return std::nullopt;
    const bool is_kept = same(values, before, field.name);
    if (is_kept && name == nullptr) return std::nullopt;
    const StreamHead head = stands_for(context, field, *id);
    const bool is_meant = can_be_meant(context, head);
    if (!is_meant && !is_kept) return unknown(field.name, field);
    // A read shows null for the name of what is hidden.
    if (!is_meant && name->is_null()) return std::nullopt;
    if (is_meant) values.set(field.name, to_string(head.stream.id));
    if (name != nullptr &&
        (name->is_null() || case_folded(*name->string()) != case_folded(head.title)))
        return differs(field);
    return std::nullopt;
}

/// Those that the record has already are not looked up again.
std::optional<FieldError> ReferenceResolver::check_ids(const CommandContext& context,
                                                       const Field& field, const JsonObject& values,
                                                       const JsonObject& before) const {
    const Json* const given = values.find(field.name);
    if (given == nullptr) return std::nullopt;
    const Json* const old = before.find(field.name);
    const std::vector<Uuid> known = old == nullptr ? std::vector<Uuid>{} : ids_in(*old);
    std::vector<StreamKey> keys;
    const std::vector<Uuid> wanted = ids_in(*given);
    for (const Uuid& id : wanted) keys.push_back({field.target, id});
    if (keys.empty()) return std::nullopt;
    const std::vector<StreamHead> heads = store_.heads(context.tenant, keys);
    for (std::size_t i = 0; i < wanted.size(); ++i)
        if (std::ranges::find(known, wanted[i]) == known.end() && !can_be_meant(context, heads[i]))
            return unknown(field.name + "/" + std::to_string(i), field);
    return std::nullopt;
}

Result<Json> ReferenceResolver::ids_of_names(const CommandContext& context, Time now,
                                             const Field& field, const JsonArray& names) const {
    JsonArray ids;
    std::vector<FieldError> errors;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto found = find_by_name(context, now, field, *names[i].string());
        if (!found)
            errors.push_back({"/" + field.name_member() + "/" + std::to_string(i),
                              "unknown_reference", found.error().errors.front().detail});
        else if (Json id = to_string(found->id); std::ranges::find(ids, id) == ids.end())
            ids.push_back(std::move(id));
    }
    if (!errors.empty()) return invalid(std::move(errors));
    return Json(std::move(ids));
}

Result<ReferenceResolver::Found> ReferenceResolver::find_by_name(const CommandContext& context,
                                                                 Time now, const Field& field,
                                                                 const std::string& name) const {
    const auto meant = existing(context, field, name);
    if (meant.size() > 1 && !field.creates_target && !context.guesses_names)
        return invalid(
            {FieldError{"/" + field.name_member(), "unknown_reference", std::string(shared_name)}});
    if (!meant.empty()) return Found{meant.front(), std::nullopt};
    const Kind* target = registry_.find(field.target);
    if (!field.creates_target || target == nullptr)
        return invalid({unknown(field.name_member(), field)});
    JsonObject body;
    body.set("name", name);
    if (auto draft = check_create(*target, body); !draft) {
        Rejection rejection = draft.error();
        for (FieldError& error : rejection.errors) error.where = "/" + field.name_member();
        return rejection;
    }
    return plan(context, now, *target, name);
}

std::vector<Uuid> ReferenceResolver::existing(const CommandContext& context, const Field& field,
                                              const std::string& name) const {
    StreamKey key{field.target, {}};
    if (auto id = parse_uuid(name)) {
        key.id = *id;
    } else if (field.target == "user" && looks_like_email(name)) {
        const std::array login{login_stream(name)};
        const StreamHead head = store_.heads({}, login).front();
        if (head.version == 0) return {};
        key.id = uuid_of(parse_json(head.state).text("user_id"));
    } else {
        if (context.known_names != nullptr)
            if (const auto known = context.known_names->find({field.target, case_folded(name)});
                known != context.known_names->end())
                return {known->second};
        std::vector<Uuid> named;
        for (const StreamHead& head : store_.heads_by_title(context.tenant, field.target, name))
            if (can_be_meant(context, head)) named.push_back(head.stream.id);
        return named;
    }
    const std::array keys{key};
    const StreamHead head = store_.heads(context.tenant, keys).front();
    return can_be_meant(context, head) ? std::vector{key.id} : std::vector<Uuid>{};
}

StreamHead ReferenceResolver::stands_for(const CommandContext& context, const Field& field,
                                         const std::string& id) const {
    const std::array key{StreamKey{field.target, uuid_of(id)}};
    return survivor_of(store_, context.tenant, store_.heads(context.tenant, key).front());
}

bool ReferenceResolver::can_be_meant(const CommandContext& context, const StreamHead& head) const {
    return throughline::can_be_meant(context.caller, registry_, head);
}

ReferenceResolver::Found ReferenceResolver::plan(const CommandContext& context, Time now,
                                                 const Kind& kind, const std::string& name) const {
    const std::string seed = kind.name + ":" + case_folded(name);
    // The id of an earlier record that was renamed or deleted since is passed over.
    for (int attempt = 0;; ++attempt) {
        const Uuid id =
            derived_uuid(context.tenant, attempt == 0 ? seed : fmt::format("{}:{}", seed, attempt));
        const std::array keys{StreamKey{kind.name, id}};
        const StreamHead head = store_.heads(context.tenant, keys).front();
        if (head.version != 0) {
            // Committed by another command since it was looked for by name.
            if (can_be_meant(context, head) && case_folded(head.title) == case_folded(name))
                return {id, std::nullopt};
            continue;
        }
        JsonObject values;
        values.set("name", name);
        Record record;
        const auto events = decide_create(kind, values, context.creator());
        return {id, to_write(context.tenant, kind, id, record, events, now)};
    }
}

bool can_be_meant(const Caller& caller, const Registry& registry, const StreamHead& head) {
    return is_there(head) && sees(caller, registry, head.stream.kind, head.state);
}

StreamWrite to_write(const Uuid& tenant, const Kind& kind, const Uuid& id, Record& record,
                     const RecordEvents& events, Time now) {
    StreamWrite write{tenant, {kind.name, id}, record.version, {}, {}, {}, false};
    for (const RecordEvent& event : events) {
        evolve(record, event.type, event.data, now);
        write.events.push_back({new_id(), event.type, 1, to_text(event.data), event.links});
    }
    write.state = state_text(kind, record);
    write.title = title_of(kind, record.fields);
    write.archived = record.deleted;
    return write;
}

} // namespace throughline
