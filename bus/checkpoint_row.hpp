#pragma once
#include "bus/subscription.hpp"

#include <cstdint>
#include <string>

namespace throughline {

/// Where `name` stands; makes its row where there is none.
[[nodiscard]] std::int64_t open_checkpoint(pqxx::transaction_base& transaction,
                                           const std::string& name, StartAt start);
/// Compare and set. False where `name` does not stand at `from`: somebody else leads.
[[nodiscard]] bool move_checkpoint(pqxx::transaction_base& transaction, const std::string& name,
                                   std::int64_t from, std::int64_t to);

} // namespace throughline
