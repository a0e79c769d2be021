#pragma once
#include "api/router.hpp"
#include "api/session/idempotency.hpp"
#include "bus/event_store.hpp"
#include "handlers/import/import_jobs.hpp"
#include "handlers/import/import_runner.hpp"
#include "projections/lists.hpp"

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>

namespace throughline {

/// What the routes of import and export are made of.
struct ImportRoutes {
    const Registry& registry;
    RecordCommands& commands;
    EventStore& store;
    Lists& lists;
    ImportJobs& jobs;
    ImportRunner& runner;
    IdempotencyKeys& keys;
    TenantKinds& kinds;
    std::filesystem::path folder;      // where files wait for their import: import_folder
    std::function<bool()> is_draining; // the server: nobody waits for the end of an import then
    /// How many callers wait for the end of their import (Prefer: wait).
    std::shared_ptr<std::atomic<std::size_t>> waiting =
        std::make_shared<std::atomic<std::size_t>>();

    /// POST /{plural}/import, GET /imports/{id}, /imports/{id}/errors, /{plural}/export.
    [[nodiscard]] Routes rows() const;
};

/// JSON Schemas of the components that the rows name: Import, ImportErrors.
[[nodiscard]] JsonObject import_components();

} // namespace throughline
