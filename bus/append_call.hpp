#pragma once
#include "bus/event_store.hpp"

#include <span>
#include <vector>

namespace pqxx {
class binarystring;
class transaction_base;
} // namespace pqxx

namespace throughline {

struct AppendedBatch {
    std::vector<Outcome> outcomes; // in the order of the commands
    Time recorded_at{};            // of all their events
};

/// One call of the database's append_batch (schemas/sql/0008). A stream and a command id may stand
/// in `commands` once; they must outlive the call.
class AppendCall {
  public:
    /// Asks the database nothing. Throws where the commands cannot be put into arrays.
    explicit AppendCall(std::span<const Command* const> commands);
    ~AppendCall();
    AppendCall(const AppendCall&) = delete;
    AppendCall& operator=(const AppendCall&) = delete;
    /// Throws libpqxx's exceptions.
    [[nodiscard]] AppendedBatch run(pqxx::transaction_base& transaction) const;

  private:
    std::span<const Command* const> commands_;
    std::vector<pqxx::binarystring> parameters_;
};

} // namespace throughline
