#include "handlers/reference_follower.hpp"

#include "bus/poison.hpp"
#include "handlers/survivor.hpp"

#include <pqxx/pqxx>

#include <array>
#include <stdexcept>

namespace throughline {

namespace {

constexpr std::size_t at_once = 100;
constexpr std::chrono::seconds listing_time{10};
constexpr std::chrono::milliseconds stop_seen_within{250};

Uuid id_at(const JsonObject& data, std::string_view name) {
    return uuid_of(*data.find(name)->string());
}

/// The subscription's transaction would end after a while without a statement.
void keep_alive(pqxx::transaction_base& transaction) { transaction.exec0("select where false"); }

bool holds(const Json* side, const Field& field, const Uuid& id) {
    const Json* const value = side == nullptr ? nullptr : side->find(field.name);
    return value != nullptr && *value == Json(to_string(id));
}

std::vector<const Field*> references_to(const Kind& kind, const std::string& target) {
    std::vector<const Field*> fields;
    for (const Field& field : kind.fields)
        if (field.type == FieldType::reference && field.target == target) fields.push_back(&field);
    return fields;
}

} // namespace

/// A field of a kind whose value `from` becomes `to`, because of an event.
struct ReferenceFollower::Move {
    const StoredEvent& cause;
    const Kind& kind;
    const Field& field;
    Uuid from;
    Uuid to;
    Uuid seed; // of the ids of its commands

    [[nodiscard]] CommandContext context(const Uuid& id) const {
        CommandContext context;
        context.tenant = cause.tenant;
        context.origin = cause.origin;
        context.origin.causation_id = cause.id;
        context.origin.run_automations = "no";
        context.caller = Caller::system();
        context.command_id = derived_uuid(seed, kind.name + "/" + to_string(id) + "/" + field.name);
        return context;
    }
};

void ReferenceFollower::apply(pqxx::transaction_base& transaction,
                              std::span<const StoredEvent> events) {
    for (const StoredEvent& event : events) {
        if (registry_.find(event.stream.kind) == nullptr) continue;
        if (event.type.ends_with(".merged_into")) follow(transaction, event);
        if (event.type.ends_with(".unmerged")) take_back(transaction, event);
        if (event.type.ends_with(".restored")) catch_up(transaction, event);
    }
}

/// False where the time is over before, or the end has come.
bool ReferenceFollower::wait_until_listed(const Kind& kind, std::int64_t position) const {
    const auto deadline = std::chrono::steady_clock::now() + listing_time;
    while (!records_.wait_until_listed(kind, position, stop_seen_within))
        if (is_stopping_ || std::chrono::steady_clock::now() >= deadline) return false;
    return true;
}

void ReferenceFollower::follow(pqxx::transaction_base& transaction,
                               const StoredEvent& merged_into) const {
    // As a dead letter it may have waited past its undoing, which then had nothing to take back.
    const std::array key{merged_into.stream};
    const StreamHead now = store_.heads(merged_into.tenant, key).front();
    const auto merge = merge_of(store_, merged_into.tenant, now);
    if (!merge || merge->id != merged_into.id) return;
    const Uuid survivor = id_at(current_data(merged_into), "into");
    // What followed an earlier merge hither, perhaps since this one, must be listed, too.
    const std::int64_t head = records_.head();
    for (const Kind& kind : registry_.kinds())
        for (const Field* const field : references_to(kind, merged_into.stream.kind)) {
            if (!wait_until_listed(kind, head))
                throw TryLater("the list of " + kind.plural + " is behind");
            keep_alive(transaction);
            const Move move{merged_into,           kind,     *field,
                            merged_into.stream.id, survivor, merged_into.id};
            for (Uuid last{};;) {
                const auto ids =
                    records_.referring(merged_into.tenant, kind, *field, move.from, last, at_once);
                if (ids.empty()) break;
                std::vector<std::pair<Move, Uuid>> some;
                for (const Uuid& id : ids) some.emplace_back(move, id);
                change(some);
                last = ids.back();
                keep_alive(transaction);
            }
        }
}

void ReferenceFollower::take_back(pqxx::transaction_base& transaction,
                                  const StoredEvent& unmerged) const {
    const JsonObject data = current_data(unmerged);
    const Uuid out = uuid_of(*data.find("unmerged")->array()->front().string());
    const Uuid& survivor = unmerged.stream.id;
    for (std::int64_t position = 0;;) {
        const auto events =
            records_.correlated(unmerged.tenant, id_at(data, "merge"), position, at_once);
        if (events.empty()) return;
        std::vector<std::pair<Move, Uuid>> some;
        for (const StoredEvent& event : events) {
            position = event.position;
            const Kind* const kind = registry_.find(event.stream.kind);
            if (kind == nullptr || !event.type.ends_with(".updated")) continue;
            const JsonObject changed = current_data(event);
            for (const Field* const field : references_to(*kind, unmerged.stream.kind))
                if (holds(changed.find("before"), *field, out) &&
                    holds(changed.find("after"), *field, survivor))
                    some.emplace_back(Move{unmerged, *kind, *field, survivor, out, unmerged.id},
                                      event.stream.id);
        }
        change(some);
        keep_alive(transaction);
    }
}

void ReferenceFollower::catch_up(pqxx::transaction_base& transaction,
                                 const StoredEvent& restored) const {
    const Kind& kind = *registry_.find(restored.stream.kind);
    const JsonObject fields = current_data(restored);
    std::vector<const Field*> references;
    std::vector<StreamKey> targets;
    for (const Field& field : kind.fields) {
        const Json* const value = fields.find(field.name);
        if (field.type != FieldType::reference || registry_.find(field.target) == nullptr ||
            value == nullptr || value->is_null())
            continue;
        references.push_back(&field);
        targets.push_back({field.target, uuid_of(*value->string())});
    }
    const std::vector<StreamHead> heads = store_.heads(restored.tenant, targets);
    for (std::size_t i = 0; i < heads.size(); ++i)
        catch_up(restored, kind, *references[i], heads[i]);
    keep_alive(transaction);
}

/// Merge by merge, so that each of them can be taken back.
void ReferenceFollower::catch_up(const StoredEvent& restored, const Kind& kind, const Field& field,
                                 StreamHead target) const {
    while (const auto merge = merge_of(store_, restored.tenant, target)) {
        const Uuid into = id_at(current_data(*merge), "into");
        const Uuid seed = derived_uuid(restored.id, to_string(merge->id));
        change({{Move{*merge, kind, field, target.stream.id, into, seed}, restored.stream.id}});
        const std::array next{StreamKey{field.target, into}};
        target = store_.heads(restored.tenant, next).front();
    }
}

void ReferenceFollower::change(const std::vector<std::pair<Move, Uuid>>& records) const {
    const auto check = [](const Rejection& rejection) {
        if (rejection.refusal == Refusal::not_found) return;
        if (rejection.refusal == Refusal::unavailable || rejection.refusal == Refusal::conflict)
            throw TryLater(rejection.detail);
        throw std::runtime_error(rejection.detail);
    };
    std::vector<PendingWrite> under_way;
    for (const auto& [move, id] : records) {
        auto begun = commands_.change(
            move.context(id), move.kind, id,
            [field = move.field.name, from = Json(to_string(move.from)),
             to = Json(to_string(move.to))](const Record& record, Time) -> Result<JsonObject> {
                const Json* const value = record.fields.find(field);
                if (value == nullptr || *value != from) return JsonObject{};
                return JsonObject{{field, to}};
            });
        if (begun)
            under_way.push_back(std::move(*begun));
        else
            check(begun.error());
    }
    for (PendingWrite& write : under_way)
        if (const auto done = write.finish(); !done) check(done.error());
}

} // namespace throughline
