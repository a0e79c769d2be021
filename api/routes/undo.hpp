#pragma once
#include "api/router.hpp"
#include "api/session/idempotency.hpp"
#include "handlers/import/import_jobs.hpp"
#include "handlers/merge_undo.hpp"

namespace throughline {

/// POST /undo: what one position, one correlation id or one import did is taken back.
struct UndoRoutes {
    const Undo& undo;
    const MergeUndo& merges;
    ImportJobs& imports;
    IdempotencyKeys& keys;

    [[nodiscard]] Routes rows() const;
};

/// Its components: UndoRequest and UndoReport.
[[nodiscard]] JsonObject undo_components();

} // namespace throughline
