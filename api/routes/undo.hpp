#pragma once
#include "api/router.hpp"
#include "api/session/idempotency.hpp"
#include "handlers/import/import_jobs.hpp"
#include "handlers/undo.hpp"

namespace throughline {

/// POST /undo (http.md "Records").
struct UndoRoutes {
    const Undo& undo;
    ImportJobs& imports;
    IdempotencyKeys& keys;

    [[nodiscard]] Routes rows() const;
};

/// Its components: UndoRequest and UndoReport.
[[nodiscard]] JsonObject undo_components();

} // namespace throughline
