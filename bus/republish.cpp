#include "bus/republish.hpp"

#include "bus/checkpoint_row.hpp"
#include "bus/database.hpp"
#include "bus/lease.hpp"
#include "bus/relay.hpp"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace throughline {

namespace {

void check_position(std::int64_t from, std::int64_t head, std::int64_t published, bool new_log) {
    if (from < 1) throw std::runtime_error("positions begin at 1");
    if (new_log && from != 1)
        throw std::runtime_error("under a new id the log goes out from its beginning: --from 1");
    if (from > head) throw std::runtime_error(fmt::format("the log ends at position {}", head));
    if (from > published + 1)
        throw std::runtime_error(
            fmt::format("the relay has come to position {}: to begin after it would leave events "
                        "out",
                        published));
}

void rename_log(pqxx::transaction_base& transaction) {
    transaction.exec0("update log_head set log_id = gen_random_uuid()");
}

/// Long enough that a relay between two leads, or standing by, would take the lead.
bool is_some_relay_running(Lease& lease) {
    for (int tries = 0; tries < 15; ++tries) {
        if (!lease.acquire()) return true;
        lease.release();
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
    return !lease.acquire();
}

} // namespace

Republished republish(const std::string& database_url, std::int64_t from, bool new_log) {
    Lease lease(database_url, relay_name);
    const bool is_led = new_log ? is_some_relay_running(lease) : !lease.acquire();
    if (is_led && new_log)
        throw std::runtime_error("a relay runs: stop every server before the log gets a new id");
    // A log's id is the owner's to change.
    const auto connection = connect(database_url, new_log ? Role::owner : Role::system);
    pqxx::work transaction(*connection);
    const auto head = transaction.exec1("select position from log_head")[0].as<std::int64_t>();
    // The row is locked from here on: a relay that saves its own progress waits and is refused.
    (void)open_checkpoint(transaction, relay_name, StartAt::beginning);
    const auto published =
        transaction
            .exec_params1("select position from checkpoints where name = $1 for update",
                          relay_name)[0]
            .as<std::int64_t>();
    check_position(from, head, published, new_log);
    const std::int64_t before = std::max<std::int64_t>(0, from - 1);
    if (!move_checkpoint(transaction, relay_name, published, before))
        throw std::runtime_error("the relay's checkpoint is gone");
    if (new_log) rename_log(transaction);
    transaction.commit();
    return {before + 1, head - before, is_led};
}

} // namespace throughline
