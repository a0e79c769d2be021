#pragma once
#include "bus/event_store.hpp"
#include "handlers/import/import_job.hpp"
#include "handlers/import/lookup.hpp"

#include <span>
#include <unordered_map>

namespace throughline {

/// Which record a row stands for already, if any.
struct RowMatch {
    std::string key;               // by what later rows of the same file match this one
    bool by_content_alone = false; // the row says nothing else to know its record by
    Uuid existing;                 // nil: none
    bool is_merged = false;        // the row is of a record that was merged into `existing`
    std::optional<Uuid> new_id;    // the id that a new record must have; unset: any
    std::int64_t line_before = 0;  // where `existing` is of that row, maybe still under way
    bool was_there = false;        // and was found besides, when the row was looked up
};

/// What is told of a row that was skipped. Nothing but its content says that it is no other record:
/// maybe it is one. What a record said that was merged is not what its survivor should say.
[[nodiscard]] FieldError duplicate_of(const RowMatch& match);

/// Finds the duplicates of rows: in the lists, and among the rows before in the same file. What is
/// hidden from the importer is none: nobody learns of it by an import.
class RowDuplicates {
  public:
    /// `caller` may change between two calls.
    RowDuplicates(EventStore& store, ImportLookup& lookup, const Kind& kind, const ImportJob& job,
                  const Caller& caller)
        : store_(store), lookup_(lookup), kind_(kind), job_(job), caller_(caller) {}

    /// Looks a chunk of rows up at once.
    [[nodiscard]] std::vector<RowMatch> find(std::span<const ImportRow> rows);
    /// The UID that our vCard gave a record is no external id of that record, nor of a copy: it is
    /// taken out of rows where this tenant has the record.
    void drop_own_uids(std::span<ImportRow> rows);
    /// A row before in the same file, begun since `find`.
    void match_in_file(RowMatch& match) const;
    void remember(const RowMatch& match, const Uuid& record, std::int64_t line) {
        seen_.insert_or_assign(match.key, Seen{record, line});
    }

    /// Rows are remembered until the list shows them, which must be so before `forget`.
    [[nodiscard]] std::size_t remembered() const { return seen_.size(); }
    void forget() { seen_.clear(); }

  private:
    enum class By { email, external_id, name };
    struct Seen {
        Uuid record;
        std::int64_t line;
    };
    [[nodiscard]] By matches_by() const;
    /// What each stream stands for now, nothing where that is not there or hidden.
    [[nodiscard]] std::vector<std::optional<Uuid>> known(std::span<const StreamKey> streams);
    void match_by_id(std::vector<RowMatch>& matches, std::span<const ImportRow> rows);
    [[nodiscard]] std::string key_of(const ImportRow& row) const;
    [[nodiscard]] std::string content_of(const ImportRow& row) const;
    [[nodiscard]] std::string content_without_id(const ImportRow& row) const;
    [[nodiscard]] std::vector<Uuid> find_by_name(const std::vector<std::string>& names);
    void match_by_content(std::vector<RowMatch>& matches, std::span<const ImportRow> rows,
                          std::vector<std::size_t> unmatched);
    void match_without_id(std::vector<RowMatch>& matches, std::span<const ImportRow> rows,
                          std::vector<std::size_t> by_content);
    [[nodiscard]] bool still_says(const StreamHead& head, JsonObject row);

    EventStore& store_;
    ImportLookup& lookup_;
    const Kind& kind_;
    const ImportJob& job_;
    const Caller& caller_;
    std::unordered_map<std::string, Seen> seen_;
};

} // namespace throughline
