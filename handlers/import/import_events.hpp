#pragma once
#include "handlers/commands.hpp"
#include "handlers/import/import_job.hpp"

namespace throughline {

/// Of what an import writes: its importer's, under the import's id.
[[nodiscard]] CommandContext import_context(const ImportJob& job, const Uuid& command,
                                            const Caller& caller);

/// Appends that an import began, unless the log has it. Throws where it cannot now: a later run
/// does. Blocks.
void tell_begun(const RecordCommands& commands, const ImportJob& job);
/// Appends how it ended, with its counts.
void tell_ended(const RecordCommands& commands, const ImportJob& job);

} // namespace throughline
