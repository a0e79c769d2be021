#include "bus/checkpoint_row.hpp"

#include "bus/prepared.hpp"

#include <pqxx/pqxx>

#include <optional>

namespace throughline {

std::int64_t open_checkpoint(pqxx::transaction_base& transaction, const std::string& name,
                             StartAt start) {
    const auto position = [&]() -> std::optional<std::int64_t> {
        const auto rows =
            transaction.exec_params("select position from checkpoints where name = $1", name);
        if (rows.empty()) return std::nullopt;
        return rows[0][0].as<std::int64_t>();
    };
    // An insert waits for whoever moves the row just now, a look does not.
    if (const auto known = position()) return *known;
    transaction.exec_params("insert into checkpoints (name, position)"
                            " select $1, case when $2 then position else 0 end from log_head"
                            " on conflict do nothing",
                            name, start == StartAt::head);
    return position().value();
}

bool move_checkpoint(pqxx::transaction_base& transaction, const std::string& name,
                     std::int64_t from, std::int64_t to) {
    const auto moved = exec_prepared(
        transaction, "move_checkpoint",
        "update checkpoints set position = $3 where name = $1 and position = $2", name, from, to);
    return moved.affected_rows() == 1;
}

} // namespace throughline
