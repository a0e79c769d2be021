#include "bus/batch_writer.hpp"

#include "bus/append_call.hpp"
#include "bus/database.hpp"
#include "bus/poison.hpp"

#include <pqxx/pqxx>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>

namespace throughline {

namespace {

using End = WriteAttempt::End;

constexpr std::int64_t partition_margin = 10'000'000;
constexpr const char* no_partition = "23514"; // `events` has no other check

/// SQLSTATE classes that blame the data: data exception, integrity, program limit exceeded. 54000
/// is said of the whole database too (a full NOTIFY queue, ids of transactions used up), and of no
/// data that commands are let in with: what is indexed is short, what is long is under its limits.
bool blames_data(const std::string& state) {
    return state.starts_with("22") || state.starts_with("23") ||
           (state.starts_with("54") && state != "54000");
}

} // namespace

/// Said by the session itself: what it got by default a reload of the configuration changes.
void BatchWriter::insist_on_durability() {
    pqxx::nontransaction transaction(*connection_);
    auto wanted = transaction.exec1("show synchronous_commit")[0].as<std::string>();
    if (wanted == "off") {
        spdlog::warn(
            "synchronous_commit is off in this database; the appender turns it on for itself");
        wanted = "on";
    }
    transaction.exec("set synchronous_commit = " + transaction.quote(wanted));
}

/// Its statements probe by key, however long a batch is. PostgreSQL would plan them anew for each
/// short one, as a guess of ten rows looks dearer: a fifth of what a single command takes.
void BatchWriter::plan_once() {
    pqxx::nontransaction(*connection_).exec0("set plan_cache_mode = force_generic_plan");
}

void BatchWriter::ensure_partitions() {
    const auto now = std::chrono::steady_clock::now();
    if (last_position_ + partition_margin < partitioned_to_ || now < next_partition_try_) return;
    next_partition_try_ = now + std::chrono::minutes(1);
    try {
        pqxx::nontransaction transaction(*connection_);
        partitioned_to_ =
            transaction.exec1("select ensure_event_partitions(2)")[0].as<std::int64_t>();
        next_partition_try_ = {};
    } catch (const pqxx::sql_error& fault) {
        if (is_connection_loss(fault)) throw;
        spdlog::warn("partitions of the log could not be made ahead: {}", fault_text(fault));
    }
}

void BatchWriter::disconnect() {
    hang_up_.forget();
    connection_.reset();
}

void BatchWriter::prepare() {
    if (!connection_) connect_anew();
    ensure_partitions();
}

void BatchWriter::connect_anew() try {
    connection_ = connect(url_, Role::system);
    hang_up_.watch(*connection_);
    partitioned_to_ = 0;
    insist_on_durability();
    plan_once();
} catch (...) {
    disconnect();
    throw;
}

WriteAttempt BatchWriter::failed(const std::exception& fault) {
    const auto* error = dynamic_cast<const pqxx::sql_error*>(&fault);
    const bool rolled_back =
        dynamic_cast<const pqxx::transaction_rollback*>(&fault) != nullptr &&
        dynamic_cast<const pqxx::statement_completion_unknown*>(&fault) == nullptr;
    const std::string state = error != nullptr ? error->sqlstate() : "";
    if (state == no_partition) {
        partitioned_to_ = 0;
        next_partition_try_ = {};
        return {End::not_written, {}, fault_text(fault)};
    }
    if (blames_data(state)) return {End::bad_data, {}, fault_text(fault)};
    disconnect();
    const bool refused = error != nullptr && !is_connection_loss(fault);
    return {refused || rolled_back ? End::not_written : End::unknown, {}, fault_text(fault)};
}

WriteAttempt BatchWriter::write(std::span<const Command* const> commands) {
    std::optional<AppendCall> call;
    try {
        call.emplace(commands);
    } catch (const std::exception& fault) {
        return {is_transient(fault) ? End::not_written : End::bad_data, {}, fault.what()};
    }
    try {
        prepare();
    } catch (const std::exception& fault) {
        disconnect();
        return {End::not_written, {}, fault.what()};
    }
    try {
        pqxx::nontransaction transaction(*connection_);
        AppendedBatch appended = call->run(transaction);
        WriteAttempt attempt{End::written, std::move(appended.outcomes), {}, appended.recorded_at};
        for (const Outcome& outcome : attempt.outcomes)
            if (const auto* committed = std::get_if<Committed>(&outcome))
                last_position_ = std::max(last_position_, committed->last_position);
        return attempt;
    } catch (const std::exception& fault) {
        return failed(fault);
    }
}

} // namespace throughline
