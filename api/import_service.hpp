#pragma once
#include "api/config.hpp"
#include "api/import_lookup.hpp"
#include "api/router.hpp"
#include "api/session/denials.hpp"
#include "api/session/idempotency.hpp"
#include "handlers/commands.hpp"
#include "handlers/import/import_jobs.hpp"
#include "handlers/import/import_runner.hpp"
#include "handlers/import/importer.hpp"
#include "handlers/tenant_kinds.hpp"
#include "projections/lists.hpp"

#include <filesystem>
#include <functional>

namespace throughline {

/// Imports: the jobs, what carries them out, and the routes to them and to exports.
struct ImportService {
    struct Parts {
        const Config& config;
        Database& system;
        EventStore& store;
        const Registry& registry;
        RecordCommands& commands;
        TenantKinds& kinds;
        Lists& lists;
        Checkpoints& checkpoints;
        Denials& denials;
    };
    explicit ImportService(Parts parts);

    const Parts with;
    ListLookup lookup;
    ImportJobs jobs;
    Importer importer;
    const std::filesystem::path folder; // of uploads that wait for their import
    ImportRunner runner;

    /// Where the role `api` is this process's: files of uploads lie in its data folder.
    void start();
    /// Before what rows need stops; without waiting.
    void begin_stop() { runner.begin_stop(); }
    /// `is_draining`: the server, from when it serves.
    [[nodiscard]] Routes rows(IdempotencyKeys& keys, std::function<bool()> is_draining);
};

} // namespace throughline
