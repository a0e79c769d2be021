#include "handlers/pending_write.hpp"

#include "handlers/commands.hpp"
#include "handlers/record_task.hpp"

namespace throughline {
namespace {

constexpr int max_attempts = 5;

Rejection unavailable(std::string cause) { return {Refusal::unavailable, std::move(cause)}; }

Rejection too_busy(const Kind& kind) {
    return {Refusal::conflict, "The " + kind.name + " kept changing; try again."};
}

} // namespace

PendingWrite::PendingWrite(const RecordCommands& commands, RecordTask task)
    : commands_(&commands), task_(std::make_shared<RecordTask>(std::move(task))), id_(task_->id) {}

/// What creates a record need not wait for others.
std::optional<Rejection> PendingWrite::ask_for_turn() {
    ++attempts_;
    const bool creates = task_->needs == RecordTask::Needs::nothing;
    auto turn = creates ? Pending<RecordTurns::Turn>(nullptr) : commands_->turns_.ask(id_);
    if (!turn)
        return unavailable("Too many changes of this " + task_->kind.name + " wait; try again.");
    turn_ = std::move(*turn);
    return std::nullopt;
}

/// The turn lasts until the outcome is known, whoever waits for it.
std::optional<Rejection> PendingWrite::begin() {
    if (!turn_.valid()) return std::nullopt;
    const RecordTurns::Turn turn = std::exchange(turn_, {}).get();
    if (commands_->turns_.is_stopped()) return unavailable("the server is stopping");
    outcome_ = {};
    record_ = {};
    auto command = commands_->prepare(*task_, record_);
    task_->context.known_names = nullptr;
    if (!command) return refused(command.error());
    const bool changes = !command->writes.empty() && !command->writes.back().events.empty();
    if (command->writes.empty() || task_->context.dry_run) {
        done_ = Written{id_, std::move(record_), 0, false, task_->status, changes};
        return std::nullopt;
    }
    outcome_ = commands_->store_.append(std::move(*command));
    if (turn) outcome_.then([turn] {});
    return std::nullopt;
}

/// Another server may have done it since it was first looked for under its key.
std::optional<Rejection> PendingWrite::refused(const Rejection& rejection) {
    auto told = commands_->known(*task_);
    if (!told || !*told) return rejection;
    done_ = std::move(**told);
    return std::nullopt;
}

void PendingWrite::on_ready(std::function<void()> callback) const {
    if (turn_.valid()) return turn_.then(std::move(callback));
    if (outcome_.valid()) return outcome_.then(std::move(callback));
    callback();
}

std::optional<Result<Written>> PendingWrite::proceed() {
    if (turn_.valid()) {
        if (auto rejection = begin()) return *rejection;
        if (!done_) return std::nullopt;
    }
    if (done_) {
        if (done_->position == 0 && !task_->context.dry_run)
            done_->position = commands_->store_.head_position();
        return std::move(*done_);
    }
    const Outcome outcome = outcome_.get();
    if (const auto* committed = std::get_if<Committed>(&outcome)) {
        if (committed->duplicate) return told_again(*committed);
        return Written{id_,   std::move(record_), committed->last_position,
                       false, task_->status,      wrote_events(*committed)};
    }
    if (const auto* refused = std::get_if<Refused>(&outcome))
        return Rejection{Refusal::too_large, refused->cause};
    if (const auto* away = std::get_if<Unavailable>(&outcome)) return unavailable(away->cause);
    if (attempts_ == max_attempts) return too_busy(task_->kind);
    if (auto rejection = ask_for_turn()) return *rejection;
    return std::nullopt;
}

/// Of an earlier command under the same key, or of this one, whose first answer was lost between
/// the log and here: without a key its id is its own, and so is a new record's.
Result<Written> PendingWrite::told_again(const Committed& committed) const {
    auto written = commands_->replay(*task_, committed);
    const bool creates = task_->needs == RecordTask::Needs::nothing;
    if (written && (task_->context.request_hash.empty() || (creates && written->id == id_)))
        written->replayed = false;
    return written;
}

Result<Written> PendingWrite::finish() {
    for (;;)
        if (auto written = proceed()) return std::move(*written);
}

Result<Written> finish(Result<PendingWrite> begun) {
    if (!begun) return begun.error();
    return begun->finish();
}

} // namespace throughline
