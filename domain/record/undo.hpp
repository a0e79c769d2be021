#pragma once
#include "domain/record/change.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace throughline {

/// Why part of an undo must not be: the record is no longer as the undone change left it.
struct UndoConflict {
    std::string field; // "phone", "metadata.tier"; "deleted" where it is about the record itself
    Json expected;     // as the change left it
    Json actual;       // as it is now
    std::int64_t position = 0; // of the event that made it so
};

/// What takes changes of one record back, as far as nothing is in conflict.
struct UndoPlan {
    RecordEvents events;
    std::vector<UndoConflict> conflicts;
    Json before; // what the events change: the fields concerned, or null where there was no record
    Json after;
};

/// Folds the stream of one record and keeps apart what the events did that are to be undone.
///
/// What a change did is compared field by field, and key by key in metadata: a field goes back to
/// its value before the first undone event, unless it is no longer what the last one made of it. A
/// record that they created goes, unless anything in it was changed since; one that they deleted
/// comes back with its last fields.
class UndoFold {
  public:
    explicit UndoFold(const Kind& kind) : kind_(kind) {}

    /// The next event of the stream.
    void fold(std::string_view type, const JsonObject& data, Time at, std::int64_t position,
              bool is_undone);

    [[nodiscard]] const Record& record() const { return record_; } // as it is after the last event
    /// The records that the touched fields referred to before.
    [[nodiscard]] std::vector<StreamKey> references() const;
    /// `survivors`: of those references that were merged since.
    [[nodiscard]] UndoPlan plan(Time at, const Survivors& survivors = {}) const;

  private:
    struct Touched {
        Json before;   // the first undone event
        Json expected; // after the last one
    };
    /// Values by "phone" or "metadata.tier"; a key that is not there is null.
    using Values = std::map<std::string, Json>;

    [[nodiscard]] Values values_of(const JsonObject& fields) const;
    [[nodiscard]] bool is_there() const { return record_.version != 0 && !record_.deleted; }
    void note_difference(const Values& before, const Values& after, std::int64_t position,
                         bool is_undone);
    [[nodiscard]] UndoConflict life_conflict() const;
    [[nodiscard]] std::vector<UndoConflict> later_changes() const;
    [[nodiscard]] JsonObject fields_before() const;
    [[nodiscard]] JsonObject fields_to_restore(std::vector<UndoConflict>& conflicts,
                                               const Survivors& survivors) const;
    void change_fields(UndoPlan& plan, Record& record, Time at, const Survivors& survivors) const;
    void remove(UndoPlan& plan, Record& record, Time at, const Survivors& survivors) const;
    void bring_back(UndoPlan& plan, Record& record, Time at, const Survivors& survivors) const;

    const Kind& kind_;
    Record record_;
    bool existed_ = false;        // before the first undone event
    std::optional<Touched> life_; // whether the record was there: true or false
    std::map<std::string, Touched> touched_;
    std::optional<Values> made_; // a record that undone events brought to be, as they left it
    std::map<std::string, std::int64_t> changed_at_; // the last event that changed it
};

} // namespace throughline
