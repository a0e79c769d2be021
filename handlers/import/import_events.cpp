#include "handlers/import/import_events.hpp"

#include "bus/poison.hpp"
#include "domain/import.hpp"
#include "handlers/import/source.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace throughline {

namespace {

const Kind& kind() {
    static const Kind import = import_kind();
    return import;
}

Uuid command_of(const ImportJob& job, const std::string& step) {
    return derived_uuid(job.id, "import " + step);
}

/// Who may import was asked before.
CommandContext context_of(const ImportJob& job, const std::string& step) {
    return import_context(job, command_of(job, step), Caller::system());
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

std::int64_t position_of(EventStore& store, const ImportJob& job) {
    const std::array commands{command_of(job, "began"), command_of(job, "ended")};
    const auto told = store.outcomes(job.tenant, commands);
    const auto position = [&](std::size_t step) {
        return told.at(step) ? told.at(step)->last_position : 0;
    };
    if (!job.is_finished()) return position(0);
    return std::max({position(0), job.progress.last_position, position(1)});
}

} // namespace throughline
