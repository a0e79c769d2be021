#pragma once
#include "handlers/commands.hpp"
#include "handlers/import/import_jobs.hpp"
#include "handlers/import/lookup.hpp"

#include <functional>

namespace throughline {

/// Carries out imports, one a call. A row's command and record ids are derived from the import and
/// the row's number, so that a run that follows a crash repeats nothing: rows behind the last
/// checkpoint whose commands took effect are counted and passed over.
/// Duplicates: by the list of the kind, which is first waited for, and by the rows before. A row
/// without an address (or external id) to match is a duplicate of one with the same content, whose
/// record id is derived from it, as long as that record has the content; if it is skipped for that
/// alone its errors say so. Organizations match by name.
/// A row takes effect with the rights that its importer has by then, within the role that brought
/// the file.
class Importer {
  public:
    /// Told of each row that its importer may not do. Must not throw.
    using OnDenied = std::function<void(const ImportJob&, Permission missing)>;

    Importer(EventStore& store, RecordCommands& commands, const Registry& registry,
             ImportLookup& lookup, ImportJobs& jobs, OnDenied on_denied)
        : store_(store), commands_(commands), registry_(registry), lookup_(lookup), jobs_(jobs),
          on_denied_(std::move(on_denied)) {}

    /// Does a job that was taken, to its end, and removes its file; or until `go_on` says no or
    /// another run takes the job: then a later run goes on from the last checkpoint. Blocks.
    /// Throws where the database is out of reach; the same holds then.
    void run(ImportJob job, const std::function<bool()>& go_on);
    /// Ends a job that was taken and whose runs do not get on: as failed, told to the log.
    void give_up(ImportJob job);

  private:
    void tell_given_up(const ImportJob& job) const;

    EventStore& store_;
    RecordCommands& commands_;
    const Registry& registry_;
    ImportLookup& lookup_;
    ImportJobs& jobs_;
    OnDenied on_denied_;
};

} // namespace throughline
