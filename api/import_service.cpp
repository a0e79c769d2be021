#include "api/import_service.hpp"

#include "api/routes/imports.hpp"
#include "api/upload_spool.hpp"
#include "handlers/import/import_folder.hpp"

namespace throughline {

ImportService::ImportService(Parts parts)
    : with(parts), lookup(with.lists, with.checkpoints), jobs(with.system),
      importer(
          with.store, with.commands, with.registry, lookup, jobs,
          [this](const ImportJob& job, Permission lacked) { with.denials.record(lacked, job); }),
      folder(import_folder(with.config.data_dir)),
      runner(with.config.database_url, jobs, importer) {}

void ImportService::start() {
    if (!with.config.has_role("api")) return;
    for (const char* const uploads : {"imports", "spool"})
        sweep_uploads(with.config.data_dir / uploads);
    sweep_imports(jobs, with.config.data_dir);
    runner.start();
}

Routes ImportService::rows(IdempotencyKeys& keys, std::function<bool()> is_draining) {
    return ImportRoutes{
        with.registry, with.commands, with.store, with.lists, jobs,
        runner,        keys,          with.kinds, folder,     std::move(is_draining)}
        .rows();
}

} // namespace throughline
