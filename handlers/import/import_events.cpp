#include "handlers/import/import_events.hpp"

#include "bus/poison.hpp"
#include "domain/import.hpp"
#include "handlers/import/source.hpp"

#include <stdexcept>

namespace throughline {

namespace {

const Kind& kind() {
    static const Kind import = import_kind();
    return import;
}

/// Who may import was asked before.
CommandContext context_of(const ImportJob& job, const std::string& step) {
    return import_context(job, derived_uuid(job.id, "import " + step), Caller::system());
}

void demand(const Result<Written>& written) {
    if (!written && written.error().refusal == Refusal::unavailable)
        throw TryLater(written.error().detail);
    if (!written) throw std::runtime_error("import: " + written.error().detail);
}

} // namespace

CommandContext import_context(const ImportJob& job, const Uuid& command, const Caller& caller) {
    CommandContext context;
    context.tenant = job.tenant;
    context.command_id = command;
    context.caller = caller;
    context.origin.actor_id = job.user;
    context.origin.actor_type = "import";
    context.origin.channel = "import";
    context.origin.correlation_id = job.id;
    context.origin.traceparent = job.traceparent;
    context.origin.run_automations = job.options.run_automations;
    context.guesses_names = false;
    context.origin.details.set("import_id", to_string(job.id));
    return context;
}

void tell_begun(const RecordCommands& commands, const ImportJob& job) {
    if (job.options.dry_run) return;
    demand(finish(commands.create(
        context_of(job, "began"), kind(), job.id,
        JsonObject{{"kind", job.kind}, {"format", std::string(name_of(job.format))}})));
}

void tell_ended(const RecordCommands& commands, const ImportJob& job) {
    if (job.options.dry_run) return;
    const ImportProgress& progress = job.progress;
    demand(finish(commands.update(context_of(job, "ended"), kind(), job.id,
                                  JsonObject{{"status", job.status},
                                             {"processed", progress.processed},
                                             {"created", progress.created},
                                             {"updated", progress.updated},
                                             {"unchanged", progress.unchanged},
                                             {"skipped", progress.skipped},
                                             {"failed", progress.failed}})));
}

} // namespace throughline
