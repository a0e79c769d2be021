#pragma once
#include "domain/record/change.hpp"

#include <map>
#include <string>
#include <vector>

namespace throughline {

/// Records that are merged into another, in their order: id and fields.
using MergedRecords = std::vector<std::pair<Uuid, JsonObject>>;

/// `<kind>.merged`: {"before", "after", "merged": [ids], "chosen": {"phone": id}}. `chosen` says
/// from whom a field is taken, with all that it holds. Any other field keeps the survivor's value,
/// or takes the first that another has where it has none; lists are united, and metadata gets the
/// keys it lacks. What goes with another field comes from the record that gives that; where there
/// is none, from one that agrees in that. 422 where what is united becomes too large, or the kind's
/// rules refuse what is chosen.
[[nodiscard]] Result<RecordEvents> decide_merge(const Kind& kind, const Record& survivor,
                                                const MergedRecords& others,
                                                const JsonObject& chosen, Time at);
/// `<kind>.merged_into`: {"before": all fields, "into": id}, which archives the record.
[[nodiscard]] RecordEvents decide_merged_into(const Kind& kind, const Record& record,
                                              const Uuid& survivor);

/// `<kind>.restored`, with the fields that a merged record had.
[[nodiscard]] RecordEvents decide_unmerged(const Kind& kind, const Record& merged);

/// An event of the survivor's stream.
struct PastEvent {
    std::int64_t version = 0;
    std::string_view type;
    const JsonObject& data;
    Time at;
};

/// Takes one record out of another again. The survivor becomes what it would be had that record
/// never been merged: its events are folded once more without it. So what was changed since stays
/// as it was changed, and the merges that still hold keep their effect. Two passes over the
/// survivor's events in their order: `see` all, then `fold` all.
class Unmerging {
  public:
    Unmerging(const Kind& kind, const Uuid& taken_out) : kind_(kind), id_(taken_out) {}

    void see(const PastEvent& event);
    /// Whether the record is merged into this one now.
    [[nodiscard]] bool is_merged() const;
    /// All that are merged into this one now.
    [[nodiscard]] std::vector<Uuid> merged() const;
    /// `fields`: of all those, as they were when they were merged.
    void fold(const PastEvent& event, const std::map<Uuid, JsonObject>& fields);

    /// `<kind>.unmerged`: {"before", "after", "unmerged": [id], "kept": [fields that the merge had
    /// changed and somebody after it], "merge": the merge's correlation id}. `survivors`: of those
    /// references that were merged since.
    [[nodiscard]] RecordEvents decide(const Record& survivor, const Uuid& merge,
                                      const Survivors& survivors = {}) const;
    /// The records that fields which change then refer to.
    [[nodiscard]] std::vector<StreamKey> references(const Record& survivor) const;

  private:
    struct Step { // of a merge, with those alone that still hold
        std::int64_t version;
        std::vector<Uuid> ids;
    };
    void merge_without(const PastEvent& event, const Step& step,
                       const std::map<Uuid, JsonObject>& fields);
    void keep(const JsonObject& changed);

    const Kind& kind_;
    Uuid id_;
    std::vector<Step> steps_;
    Record without_;
    JsonObject taken_; // what the record had brought: field by field
    std::vector<std::string> kept_;
};

} // namespace throughline
