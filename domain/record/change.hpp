#pragma once
#include "domain/id.hpp"
#include "domain/record/kind.hpp"
#include "domain/result.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace throughline {

/// What happened to a record: `type` is `contact.created`; `data` is as schemas/events/ has it.
/// Stored forever: fields are added, never renamed or reused.
struct RecordEvent {
    std::string type;
    JsonObject data;
    std::vector<StreamKey>
        links; // records this one refers to, before or after: their timelines show it
    bool operator==(const RecordEvent&) const = default;
};
using RecordEvents = std::vector<RecordEvent>;

/// A record folded from its events: every declared field, null where unset.
struct Record {
    std::int64_t version = 0; // 0: nothing happened yet
    bool deleted = false;
    JsonObject fields;
    Time created_at{};
    Time updated_at{};
    std::optional<Uuid> merged_into = {}; // another of its kind, which stands for it since
    bool operator==(const Record&) const = default;
};

/// A write's body after validation: declared fields alone, normalised (trimmed, tags distinct), in
/// the order of declaration. `names` holds references given as text (`organization` = "Acme"), by
/// the reference's field name, for the handler to resolve; `repeated` holds id, version,
/// created_at and updated_at where a PUT repeats them.
struct Draft {
    JsonObject values;
    JsonObject names;
    JsonObject repeated;
};

/// Checks a body against the declaration. Every fault is reported, not only the first. A create
/// demands required fields; an update demands none and lets null clear (a required one cannot be
/// cleared). Null for a field that is never null is left out of a create; an update may only repeat
/// it where `before` has it. References are checked for form alone: that they exist is the
/// handler's to look up. A choice that is one no more is taken where it is the one `before` has.
[[nodiscard]] Result<Draft> check_create(const Kind& kind, const Json& body);
[[nodiscard]] Result<Draft> check_update(const Kind& kind, const Json& body,
                                         const JsonObject& before = {});
/// Whether a body can be an update of any record at all. A choice that some may have, though it is
/// one no more, passes: check_update judges it for each.
[[nodiscard]] Result<void> check_update_of_many(const Kind& kind, const Json& body);

/// Refuses where there are faults `found` by rules beyond the declaration, and then names those of
/// check_update too; of one place the first alone.
[[nodiscard]] Result<void> refuse_update(const Kind& kind, const Json& body,
                                         std::vector<FieldError> found);

/// The fields as they count: one that is unset has its initial value.
[[nodiscard]] JsonObject with_initial_values(const Kind& kind, JsonObject fields);

/// All declared fields, in their order.
[[nodiscard]] JsonObject whole_fields(const Kind& kind, const JsonObject& fields);
/// Adds the records that these fields refer to, people left out; each once.
void add_links(std::vector<StreamKey>& links, const Kind& kind, const JsonObject& fields);

/// The same with those that the tenant's own fields in metadata refer to.
[[nodiscard]] std::vector<StreamKey> referred_records(const Kind& kind, const JsonObject& fields);

/// What stands for records that are merged into others, by the merged ones.
using Survivors = std::map<StreamKey, Uuid>;
/// The values, where references to merged records, the tenant's own too, are ones to what stands
/// for these.
[[nodiscard]] JsonObject with_survivors(const Kind& kind, JsonObject values,
                                        const Survivors& survivors);

/// The rules. Pure: ids, references and the clock are in the arguments. `values` come from a Draft
/// with all references resolved to ids.
[[nodiscard]] RecordEvents decide_create(const Kind& kind, const JsonObject& values,
                                         const Uuid& creator);
/// `metadata` is merged (RFC 7396), any other value replaced. No event where nothing changes;
/// 422 (too_large at /metadata) where the merged metadata exceeds its size.
[[nodiscard]] Result<RecordEvents> decide_update(const Kind& kind, const Record& record,
                                                 const JsonObject& values);
[[nodiscard]] RecordEvents decide_delete(const Kind& kind, const Record& record);
/// Brings a deleted record back with its last fields; refused (conflict) where it is not deleted,
/// or is merged into another.
[[nodiscard]] Result<RecordEvents> decide_restore(const Kind& kind, const Record& record);

/// Folds one fact. Never fails and never judges. Takes any event of a record stream.
void evolve(Record& record, std::string_view type, const JsonObject& data, Time at);

/// The head state of a stream as JSON, and back: the fields, then created_at, updated_at, and
/// merged_into where it is.
[[nodiscard]] std::string state_text(const Kind& kind, const Record& record);
[[nodiscard]] Record record_from_state(const Kind& kind, std::string_view state,
                                       std::int64_t version, bool deleted);

/// What people call the record, for lists of names and for references to it; at most 255
/// characters, trimmed as a name in a body is.
[[nodiscard]] std::string title_of(const Kind& kind, const JsonObject& fields);

} // namespace throughline
