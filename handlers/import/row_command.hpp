#pragma once
#include "handlers/commands.hpp"
#include "handlers/import/import_job.hpp"

#include <string>
#include <unordered_map>

namespace throughline {

/// What became of a row.
enum class RowFate { created, updated, unchanged, skipped, failed };

/// A row whose command may still be under way.
struct RowCommand {
    std::int64_t number = 0; // of the row, from 1
    std::int64_t line = 0;
    bool creates = true;
    Uuid record;
    JsonObject body;
    JsonObject names;       // of references whose ids are in the body: taken where an id is unknown
    std::size_t weight = 0; // of the body, as long as it is kept

    std::optional<PendingOutcome> outcome; // unset: `fate` is known
    RowFate fate = RowFate::failed;
    std::vector<FieldError> errors;   // why it failed or was skipped
    std::vector<FieldError> losses;   // what was left out of it: links to what is not there, names
    std::optional<Permission> denied; // what was missing, where that is why
    Committed committed;              // where it was written
    int attempts = 0;
    bool waits = false; // for a row before, which makes what it names: not begun yet
    std::vector<KnownNames::key_type> new_names; // of records it may be making
};

[[nodiscard]] Uuid row_command_id(const ImportJob& job, std::int64_t number);
[[nodiscard]] Uuid row_record_id(const ImportJob& job, std::int64_t number);
/// Adds a row whose fate is known.
void count(ImportProgress& done, const RowCommand& row);

/// Gives rows to the command handler without waiting for them.
class RowCommands {
  public:
    /// `caller` may change between two calls.
    RowCommands(RecordCommands& commands, const Kind& kind, const ImportJob& job,
                const Caller& caller, bool forgets_unknown)
        : commands_(commands), kind_(kind), job_(job), caller_(caller),
          forgets_unknown_(forgets_unknown) {}

    /// Begins, or begins again after a conflict. A refused row has its fate at once; one for which
    /// there is no place now has an outcome that is not available.
    void begin(RowCommand& row, const KnownNames* known_names = nullptr);
    /// Waits for the outcome. False where the store is not available: to be begun again later.
    [[nodiscard]] bool settle(RowCommand& row);
    /// What would become of it. A record that a row before would make is not there yet: of a
    /// change of such a one only the form is looked at. False where that cannot be said now: to be
    /// tried out again later.
    [[nodiscard]] bool try_out(RowCommand& row, bool is_written);

  private:
    [[nodiscard]] CommandContext context(const RowCommand& row) const;
    [[nodiscard]] Result<PendingWrite> begun_now(const RowCommand& row,
                                                 const CommandContext& given) const;
    [[nodiscard]] Result<PendingWrite> begun_softened(RowCommand& row, const CommandContext& given);
    static void fail(RowCommand& row, const Rejection& rejection);
    void set_names_aside(RowCommand& row) const;
    void drop_unknown(RowCommand& row) const;
    [[nodiscard]] const std::string* why_unknown(std::string_view member, const Json* value) const;
    void give_up(RowCommand& row, const Field& field, const std::string& why) const;
    [[nodiscard]] bool soften(RowCommand& row, const Rejection& rejection);

    RecordCommands& commands_;
    const Kind& kind_;
    const ImportJob& job_;
    const Caller& caller_;
    bool forgets_unknown_; // links to what is not there
    std::unordered_map<std::string, std::string>
        unknown_; // "owner=Ann": references found to name nobody, and why
};

} // namespace throughline
