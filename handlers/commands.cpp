#include "handlers/commands.hpp"

#include "bus/ids.hpp"
#include "handlers/references.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace throughline {
namespace {

constexpr int max_attempts = 5;

Rejection not_found(const Kind& kind) {
    return {Refusal::not_found, "There is no such " + kind.name + ".", {}, {}};
}

Rejection reused_key() {
    return {Refusal::invalid, "This Idempotency-Key was used with another request.", {}, {}};
}

Rejection unavailable(const std::string& cause) { return {Refusal::unavailable, cause, {}, {}}; }

Rejection too_busy(const Kind& kind) {
    return {Refusal::conflict, "The " + kind.name + " kept changing; try again.", {}, {}};
}

} // namespace

/// What a decision leads to: the record's events, and the records created along with it.
struct RecordCommands::Decision {
    RecordEvents events;
    std::vector<StreamWrite> created;
};

/// One command under way: what is asked of which record, and how to decide it.
struct RecordCommands::Task {
    const CommandContext& context;
    const Kind& kind;
    const Uuid& id;
    int status;
    bool creates;
    std::function<Result<Decision>(const Record&, Time)> decide;
};

Record RecordCommands::load(const Uuid& tenant, const Kind& kind, const Uuid& id) const {
    const std::array keys{StreamKey{kind.name, id}};
    const StreamHead head = store_.heads(tenant, keys).front();
    return head.version == 0 ? Record{}
                             : record_from_state(kind, head.state, head.version, head.archived);
}

Rejection RecordCommands::stale(const Uuid& tenant, const Kind& kind, const Uuid& id,
                                const Record& record, std::int64_t seen) const {
    JsonArray changed;
    for (const StoredEvent& event : store_.stream(tenant, {kind.name, id}, seen, record.version)) {
        const JsonObject data = current_data(event);
        const Json* after = data.find("after");
        if (after == nullptr || after->object() == nullptr) continue;
        for (const JsonMember& member : *after->object())
            if (std::find(changed.begin(), changed.end(), Json(member.name)) == changed.end())
                changed.emplace_back(member.name);
    }
    Rejection rejection{
        Refusal::stale, "The " + kind.name + " was changed since you read it.", {}, {}};
    rejection.members.set("current_version", record.version);
    rejection.members.set("changed", std::move(changed));
    return rejection;
}

Result<Written> RecordCommands::replay(const CommandContext& context, const Kind& kind,
                                       const Uuid& id, const Committed& committed) const {
    if (committed.request_hash != context.request_hash) return reused_key();
    Written written{id, {}, committed.last_position, true, committed.status};
    std::int64_t version = 0;
    for (const auto& [stream, after] : committed.versions)
        if (stream.kind == kind.name) {
            written.id = stream.id;
            version = after;
        }
    for (const StoredEvent& event :
         store_.stream(context.tenant, {kind.name, written.id}, 0, version))
        evolve(written.record, event.type, current_data(event), event.time);
    return written;
}

Result<Command> RecordCommands::prepare(const Task& task, Record& record) const {
    const Time at = now();
    if (!task.creates) {
        record = load(task.context.tenant, task.kind, task.id);
        if (record.version == 0) return not_found(task.kind);
        if (task.context.if_match && *task.context.if_match != record.version)
            return stale(task.context.tenant, task.kind, task.id, record, *task.context.if_match);
    }
    auto decision = task.decide(record, at);
    if (!decision) return decision.error();
    Command command{task.context.command_id,
                    task.context.tenant,
                    task.context.request_hash,
                    !task.context.request_hash.empty(),
                    task.status,
                    task.context.origin,
                    at,
                    std::move(decision->created)};
    if (command.origin.correlation_id.is_nil()) command.origin.correlation_id = command.id;
    if (!decision->events.empty())
        command.writes.push_back(
            to_write(task.context.tenant, task.kind, task.id, record, decision->events, at));
    return command;
}

Result<Written> RecordCommands::run(const Task& task) const {
    if (!task.context.request_hash.empty()) {
        const std::array ids{task.context.command_id};
        if (auto known = store_.outcomes(task.context.tenant, ids).front())
            return replay(task.context, task.kind, task.id, *known);
    }
    // Changes of one record take turns in this process; only other processes can make a conflict.
    std::unique_lock<std::mutex> turn;
    if (!task.creates) turn = std::unique_lock(turns_[std::hash<Uuid>{}(task.id) % turns_.size()]);
    for (int attempt = 0; attempt < max_attempts; ++attempt) {
        Record record;
        auto command = prepare(task, record);
        if (!command) return command.error();
        if (command->writes.empty())
            return Written{task.id, std::move(record), 0, false, task.status};
        const Outcome outcome = store_.append(std::move(*command)).get();
        if (const auto* committed = std::get_if<Committed>(&outcome)) {
            if (committed->duplicate) return replay(task.context, task.kind, task.id, *committed);
            return Written{task.id, std::move(record), committed->last_position, false,
                           task.status};
        }
        if (const auto* refused = std::get_if<Refused>(&outcome))
            return Rejection{Refusal::too_large, refused->cause, {}, {}};
        if (const auto* away = std::get_if<Unavailable>(&outcome)) return unavailable(away->cause);
    }
    return too_busy(task.kind);
}

Result<RecordCommands::Pending> RecordCommands::begin(const Task& task) const {
    Record record;
    auto command = prepare(task, record);
    if (!command) return command.error();
    if (command->writes.empty()) return Pending{task.id, {}};
    return Pending{task.id, store_.append(std::move(*command))};
}

namespace {

/// A PUT may repeat these as they are, and not change them.
std::optional<Rejection> check_repeated(const Draft& draft, const Uuid& id, const Record& record) {
    std::vector<FieldError> errors;
    const auto expect = [&](std::string_view name, const Json& actual) {
        const Json* given = draft.repeated.find(name);
        if (given != nullptr && *given != actual)
            errors.push_back({"/" + std::string(name), "read_only",
                              "It differs from the record's and cannot be set."});
    };
    expect("id", to_string(id));
    expect("version", record.version);
    expect("created_at", to_rfc3339(record.created_at));
    expect("updated_at", to_rfc3339(record.updated_at));
    return errors.empty() ? std::nullopt : std::optional(invalid(std::move(errors)));
}

} // namespace

Result<RecordCommands::Decision> RecordCommands::decide_created(const CommandContext& context,
                                                                const Kind& kind,
                                                                const Draft& draft, Time at) const {
    auto resolved = ReferenceResolver(store_, registry_).resolve(context, at, kind, draft, {});
    if (!resolved) return resolved.error();
    return Decision{decide_create(kind, resolved->values, context.origin.actor_id),
                    std::move(resolved->created)};
}

Result<RecordCommands::Decision>
RecordCommands::decide_updated(const CommandContext& context, const Kind& kind, const Uuid& id,
                               const Draft& draft, const Record& record, Time at) const {
    if (record.deleted) return not_found(kind);
    if (auto rejection = check_repeated(draft, id, record)) return *rejection;
    auto resolved =
        ReferenceResolver(store_, registry_).resolve(context, at, kind, draft, record.fields);
    if (!resolved) return resolved.error();
    auto events = decide_update(kind, record, resolved->values);
    if (!events) return events.error();
    return Decision{std::move(*events), std::move(resolved->created)};
}

Result<Written> RecordCommands::create(const CommandContext& context, const Kind& kind,
                                       const Uuid& id, const Json& body) {
    auto draft = check_create(kind, body);
    if (!draft) return draft.error();
    return run({context, kind, id, 201, true,
                [&](const Record&, Time at) { return decide_created(context, kind, *draft, at); }});
}

Result<RecordCommands::Pending> RecordCommands::begin_create(const CommandContext& context,
                                                             const Kind& kind, const Uuid& id,
                                                             const Json& body) {
    auto draft = check_create(kind, body);
    if (!draft) return draft.error();
    return begin({context, kind, id, 201, true, [&](const Record&, Time at) {
                      return decide_created(context, kind, *draft, at);
                  }});
}

Result<Written> RecordCommands::update(const CommandContext& context, const Kind& kind,
                                       const Uuid& id, const Json& body) {
    auto draft = check_update(kind, body);
    if (!draft) return draft.error();
    return run({context, kind, id, 200, false, [&](const Record& record, Time at) {
                    return decide_updated(context, kind, id, *draft, record, at);
                }});
}

Result<RecordCommands::Pending> RecordCommands::begin_update(const CommandContext& context,
                                                             const Kind& kind, const Uuid& id,
                                                             const Json& body) {
    auto draft = check_update(kind, body);
    if (!draft) return draft.error();
    return begin({context, kind, id, 200, false, [&](const Record& record, Time at) {
                      return decide_updated(context, kind, id, *draft, record, at);
                  }});
}

Result<Written> RecordCommands::remove(const CommandContext& context, const Kind& kind,
                                       const Uuid& id) {
    return run({context, kind, id, 204, false, [&](const Record& record, Time) -> Result<Decision> {
                    if (record.deleted) return not_found(kind);
                    return Decision{decide_delete(kind, record), {}};
                }});
}

Result<Written> RecordCommands::restore(const CommandContext& context, const Kind& kind,
                                        const Uuid& id) {
    return run({context, kind, id, 200, false, [&](const Record& record, Time) -> Result<Decision> {
                    auto events = decide_restore(kind, record);
                    if (!events) return events.error();
                    return Decision{std::move(*events), {}};
                }});
}

} // namespace throughline
