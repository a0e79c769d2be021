#pragma once
#include "handlers/commands.hpp"
#include "handlers/import/import_job.hpp"

namespace throughline {

/// Of what an import writes: its importer's, under the import's id.
[[nodiscard]] CommandContext import_context(const ImportJob& job, const Uuid& command,
                                            const Caller& caller);

/// Appends that an import began, unless the log has it: when it is queued, else when it is run.
/// Throws where it cannot now: a later run does. Blocks.
void tell_begun(const RecordCommands& commands, const ImportJob& job);
/// Appends how it ended, with its counts.
void tell_ended(const RecordCommands& commands, const ImportJob& job);

/// The position of a finished import's last event, else of the one that tells that it began. 0
/// where there is none (a dry run). Blocks.
[[nodiscard]] std::int64_t position_of(EventStore& store, const ImportJob& job);

} // namespace throughline
