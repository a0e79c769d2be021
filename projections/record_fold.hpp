#pragma once
#include "domain/record/change.hpp"

#include <span>
#include <string>
#include <vector>

namespace pqxx {
class transaction_base;
} // namespace pqxx

namespace throughline {

struct StoredEvent;

/// Where a read model keeps records of one kind: a table with the columns tenant_id, id, version
/// and state (as state_text wrote it).
struct RecordTable {
    std::string name;
    std::string condition; // SQL that is true for the rows of that kind; empty: all are
};

/// A record after a batch of events.
struct FoldedRecord {
    Uuid tenant;
    Uuid id;
    Record record;
};

/// The records of a kind that the events change, each folded from its row, or from nothing where it
/// begins or comes back in the batch. Events that a row holds already change nothing. Throws where
/// a record that has begun before has no row.
[[nodiscard]] std::vector<FoldedRecord> fold_records(pqxx::transaction_base& transaction,
                                                     const Kind& kind, const RecordTable& table,
                                                     std::span<const StoredEvent> events);

/// Deletes the rows of those among them that are deleted.
void remove_deleted(pqxx::transaction_base& transaction, const RecordTable& table,
                    const std::vector<FoldedRecord>& records);

} // namespace throughline
