#pragma once
#include "handlers/pending_write.hpp"

#include <functional>
#include <vector>

namespace throughline {

/// What a decision leads to: the record's events, and the records created along with it.
struct RecordDecision {
    RecordEvents events;
    std::vector<StreamWrite> created;
};

/// Made from the record as it stands, and again after a conflict.
using Decide = std::function<Result<RecordDecision>(const CommandContext&, const Record&, Time at)>;

/// What is asked of which record, and how to decide it.
struct RecordTask {
    CommandContext context;
    const Kind& kind;
    Uuid id;
    int status;
    enum class Needs { nothing, live, any } needs; // of a record that is there
    Permission permission;
    Decide decide;
};

} // namespace throughline
