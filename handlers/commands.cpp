#include "handlers/commands.hpp"

#include "bus/ids.hpp"
#include "domain/record/ownership.hpp"
#include "handlers/references.hpp"
#include "handlers/spent_key.hpp"
#include "handlers/stream_walk.hpp"

#include <algorithm>
#include <array>

namespace throughline {
namespace {

/// Appends no event, but the outcome of a client's key is kept, with the version it was decided at:
/// the same key must not take effect later, once somebody else has changed the record.
StreamWrite only_seen(const Uuid& tenant, const Kind& kind, const Uuid& id, const Record& record) {
    return {tenant, {kind.name, id}, record.version, {}, "{}", {}, record.deleted};
}

} // namespace

Record RecordCommands::load(const Uuid& tenant, const Kind& kind, const Uuid& id) const {
    const std::array keys{StreamKey{kind.name, id}};
    const StreamHead head = store_.heads(tenant, keys).front();
    return head.version == 0 ? Record{}
                             : record_from_state(kind, head.state, head.version, head.archived);
}

std::optional<Rejection> check_version(EventStore& store, const CommandContext& context,
                                       const StreamKey& record, std::int64_t version) {
    if (!context.if_match ||
        std::ranges::find(*context.if_match, version) != context.if_match->end())
        return std::nullopt;
    const auto& taken = *context.if_match;
    // Where no version of ours was named, nobody knows since when.
    const std::int64_t seen =
        taken.empty() ? version : *std::max_element(taken.begin(), taken.end());
    JsonArray changed;
    walk_stream(store, context.tenant, record, seen, version, [&](const StoredEvent& event) {
        const JsonObject data = current_data(event);
        const Json* after = data.find("after");
        if (after == nullptr || after->object() == nullptr) return;
        for (const JsonMember& member : *after->object())
            if (std::find(changed.begin(), changed.end(), Json(member.name)) == changed.end())
                changed.emplace_back(member.name);
    });
    Rejection rejection{Refusal::stale, "The " + record.kind + " was changed since you read it."};
    rejection.members.set("current_version", version);
    rejection.members.set("changed", std::move(changed));
    return rejection;
}

Result<Written> RecordCommands::replay(const RecordTask& task, const Committed& committed) const {
    if (committed.request_hash != task.context.request_hash) return reused_key();
    Written written{
        task.id, {}, committed.last_position, true, committed.status, wrote_events(committed)};
    std::int64_t version = 0;
    for (const auto& [stream, after] : committed.versions)
        if (stream.kind == task.kind.name) {
            written.id = stream.id;
            version = after;
        }
    walk_stream(store_, task.context.tenant, {task.kind.name, written.id}, 0, version,
                [&](const StoredEvent& event) {
                    evolve(written.record, event.type, current_data(event), event.time);
                });
    return written;
}

/// What a request was answered that was done under its key before.
std::optional<Result<Written>> RecordCommands::known(const RecordTask& task) const {
    const CommandContext& context = task.context;
    const auto outcome = outcome_of_key(store_, context);
    if (!outcome) return outcome.error();
    if (!*outcome) return std::nullopt;
    return replay(task, **outcome);
}

/// The record that a command is about, where its caller may do that to it. Whose it is counts at
/// the version that the command is decided on.
Result<Record> RecordCommands::find(const RecordTask& task) const {
    Record record = load(task.context.tenant, task.kind, task.id);
    if (record.version == 0 || (record.deleted && task.needs == RecordTask::Needs::live))
        return no_such(task.kind.name);
    const Caller& caller = task.context.caller;
    const Bond bond = bond_to(caller.user, task.kind, record.fields);
    if (auto denied = denial(caller, task.permission, bond, task.kind.name)) return *denied;
    if (auto stale = check_version(store_, task.context, {task.kind.name, task.id}, record.version))
        return *stale;
    return record;
}

Result<Command> RecordCommands::prepare(const RecordTask& task, Record& record) const {
    const Time at = now();
    if (task.needs != RecordTask::Needs::nothing) {
        auto found = find(task);
        if (!found) return found.error();
        record = std::move(*found);
    } else if (!task.context.caller.may(task.permission)) {
        return forbidden(task.permission);
    }
    auto decision = task.decide(task.context, record, at);
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
    else if (!command.request_hash.empty())
        command.writes.push_back(only_seen(task.context.tenant, task.kind, task.id, record));
    return command;
}

Result<PendingWrite> RecordCommands::begin(RecordTask task) const {
    PendingWrite write(*this, std::move(task));
    if (auto told = known(*write.task_)) {
        if (!*told) return told->error();
        write.done_ = std::move(**told);
        return write;
    }
    if (auto rejection = write.ask_for_turn()) return *rejection;
    if (write.turn_.is_known())
        if (auto rejection = write.begin()) return *rejection;
    return write;
}

namespace {

Result<JsonObject> settled(const Kind& kind, const Record& before, JsonObject values, Time at) {
    if (kind.settle == nullptr) return values;
    return kind.settle(kind, before, std::move(values), at);
}

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

Result<RecordDecision> RecordCommands::decide_created(const CommandContext& context,
                                                      const Kind& kind, const Draft& draft,
                                                      Time at) const {
    auto resolved = ReferenceResolver(store_, registry_).resolve(context, at, kind, draft, {});
    if (!resolved) return resolved.error();
    auto values = settled(kind, {}, std::move(resolved->values), at);
    if (!values) return values.error();
    return RecordDecision{decide_create(kind, *values, context.creator()),
                          std::move(resolved->created)};
}

Result<RecordDecision> RecordCommands::decide_updated(const CommandContext& context,
                                                      const Kind& kind, const Uuid& id,
                                                      const Draft& draft, const Record& record,
                                                      Time at) const {
    if (auto rejection = check_repeated(draft, id, record)) return *rejection;
    auto resolved =
        ReferenceResolver(store_, registry_).resolve(context, at, kind, draft, record.fields);
    if (!resolved) return resolved.error();
    auto values = settled(kind, record, std::move(resolved->values), at);
    if (!values) return values.error();
    auto events = decide_update(kind, record, *values);
    if (!events) return events.error();
    return RecordDecision{std::move(*events), std::move(resolved->created)};
}

namespace {

/// The decision with what the companion adds to it.
Result<RecordDecision> accompanied(Result<RecordDecision> decided, const Companion& companion,
                                   const Record& record, const Draft& draft, Time at) {
    if (!decided || decided->events.empty() || !companion) return decided;
    auto along = companion(record, draft.values, at);
    if (!along) return along.error();
    std::ranges::move(*along, std::back_inserter(decided->created));
    return decided;
}

} // namespace

std::shared_ptr<const Kind> RecordCommands::declared(const Uuid& tenant, const Kind& kind) const {
    if (kinds_ != nullptr) return kinds_->of(tenant, kind);
    return {std::shared_ptr<const Kind>(), &kind};
}

/// What is told again is not decided again, so nothing is asked of its body: the tenant may have
/// declared something else since.
Result<Draft> RecordCommands::checked_create(const CommandContext& context, const Kind& kind,
                                             const Uuid& id, const Json& body) const {
    auto draft = check_create(kind, body);
    if (draft) return draft;
    const auto told = known(
        {context, kind, id, 201, RecordTask::Needs::nothing, Permission::records_create, nullptr});
    if (!told) return draft;
    return *told ? Result<Draft>(Draft{}) : told->error();
}

Result<PendingWrite> RecordCommands::create(const CommandContext& context, const Kind& kind,
                                            const Uuid& id, const Json& body,
                                            const Companion& companion) const {
    auto own = declared(context.tenant, kind);
    auto draft = checked_create(context, *own, id, body);
    if (!draft) return draft.error();
    return begin({context, kind, id, 201, RecordTask::Needs::nothing, Permission::records_create,
                  [this, own, companion, draft = std::move(*draft)](const CommandContext& given,
                                                                    const Record& record, Time at) {
                      return accompanied(decide_created(given, *own, draft, at), companion, record,
                                         draft, at);
                  }});
}

/// The record is looked at only where the body by itself has faults. What is told again is not
/// decided again, so nothing is asked of its body.
Result<Draft> RecordCommands::checked_update(const CommandContext& context, const Kind& kind,
                                             const Uuid& id, const Json& body) const {
    auto draft = check_update(kind, body);
    if (draft) return draft;
    const RecordTask task{
        context, kind, id, 200, RecordTask::Needs::live, Permission::records_change, nullptr};
    if (const auto told = known(task)) return *told ? Result<Draft>(Draft{}) : told->error();
    const auto found = find(task);
    if (!found && found.error().refusal == Refusal::stale) return found.error();
    return found ? check_update(kind, body, found->fields) : draft;
}

Result<PendingWrite> RecordCommands::update(const CommandContext& context, const Kind& kind,
                                            const Uuid& id, const Json& body,
                                            const Companion& companion) const {
    auto own = declared(context.tenant, kind);
    auto draft = checked_update(context, *own, id, body);
    if (!draft) return draft.error();
    return begin({context, kind, id, 200, RecordTask::Needs::live, Permission::records_change,
                  [this, own, id, companion, draft = std::move(*draft)](
                      const CommandContext& given, const Record& record, Time at) {
                      return accompanied(decide_updated(given, *own, id, draft, record, at),
                                         companion, record, draft, at);
                  }});
}

Result<void> RecordCommands::allows_update(const CommandContext& context, const Kind& kind,
                                           const Uuid& id) const {
    const auto found = find(
        {context, kind, id, 200, RecordTask::Needs::live, Permission::records_change, nullptr});
    if (!found) return found.error();
    return {};
}

Result<PendingWrite> RecordCommands::change(const CommandContext& context, const Kind& kind,
                                            const Uuid& id, const Change& values) const {
    return decide(context, kind, id,
                  [&kind, values](const CommandContext&, const Record& record,
                                  Time at) -> Result<RecordDecision> {
                      const auto changed = values(record, at);
                      if (!changed) return changed.error();
                      auto events = decide_update(kind, record, *changed);
                      if (!events) return events.error();
                      return RecordDecision{std::move(*events), {}};
                  });
}

Result<PendingWrite> RecordCommands::decide(const CommandContext& context, const Kind& kind,
                                            const Uuid& id, const Decide& decide,
                                            Permission permission) const {
    return begin({context, kind, id, 200, RecordTask::Needs::live, permission, decide});
}

Result<PendingWrite> RecordCommands::remove(const CommandContext& context, const Kind& kind,
                                            const Uuid& id) const {
    return begin(
        {context, kind, id, 204, RecordTask::Needs::live, Permission::records_delete,
         [&kind](const CommandContext&, const Record& record, Time) -> Result<RecordDecision> {
             return RecordDecision{decide_delete(kind, record), {}};
         }});
}

Result<PendingWrite> RecordCommands::restore(const CommandContext& context, const Kind& kind,
                                             const Uuid& id) const {
    return begin(
        {context, kind, id, 200, RecordTask::Needs::any, Permission::records_delete,
         [&kind](const CommandContext&, const Record& record, Time) -> Result<RecordDecision> {
             auto events = decide_restore(kind, record);
             if (!events) return events.error();
             return RecordDecision{std::move(*events), {}};
         }});
}

} // namespace throughline
