#include "bus/checkpoint_row.hpp"

#include "bus/prepared.hpp"

#include <pqxx/pqxx>

namespace throughline {

std::int64_t open_checkpoint(pqxx::transaction_base& transaction, const std::string& name,
                             StartAt start) {
    transaction.exec_params("insert into checkpoints (name, position)"
                            " select $1, case when $2 then position else 0 end from log_head"
                            " on conflict do nothing",
                            name, start == StartAt::head);
    return transaction.exec_params1("select position from checkpoints where name = $1", name)[0]
        .as<std::int64_t>();
}

bool move_checkpoint(pqxx::transaction_base& transaction, const std::string& name,
                     std::int64_t from, std::int64_t to) {
    const auto moved = exec_prepared(
        transaction, "move_checkpoint",
        "update checkpoints set position = $3 where name = $1 and position = $2", name, from, to);
    return moved.affected_rows() == 1;
}

} // namespace throughline
