#pragma once
#include "api/router.hpp"
#include "api/routes/record_answers.hpp"
#include "handlers/merges.hpp"

namespace throughline {

/// What the routes of merging are made of.
struct MergeRoutes {
    RecordAnswers answers;
    const Merges& merges;

    /// POST /{plural}/merge and /{plural}/{id}/unmerge of every kind.
    [[nodiscard]] Routes rows() const;
};

/// JSON Schemas of the components that the rows name: Merge, Unmerge, Unmerged.
[[nodiscard]] JsonObject merge_components();

} // namespace throughline
