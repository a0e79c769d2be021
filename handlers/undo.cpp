#include "handlers/undo.hpp"

#include "bus/command.hpp"
#include "bus/ids.hpp"
#include "handlers/references.hpp"
#include "handlers/spent_key.hpp"

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

namespace throughline {

namespace {

constexpr std::size_t records_at_once = 100;
constexpr std::size_t bytes_at_once = 4U << 20; // of one command
constexpr std::size_t most_listed = 1000;
constexpr std::size_t most_listed_bytes = 4U << 20;
constexpr int max_attempts = 5;

/// Collects changes and conflicts as long as they are listed.
class Listing {
  public:
    explicit Listing(UndoReport& report) : report_(report) {}

    void add(const PlannedUndo& planned) {
        const StreamKey record{planned.kind->name, planned.id};
        if (!planned.plan.events.empty())
            add(report_.changes, {record, planned.plan.before, planned.plan.after},
                planned.plan.before, planned.plan.after);
        for (const UndoConflict& conflict : planned.plan.conflicts)
            add(report_.conflicts, {record, conflict}, conflict.expected, conflict.actual);
    }

  private:
    template <class Item>
    void add(std::vector<Item>& to, Item item, const Json& one, const Json& other) {
        bytes_ += to_text(one).size() + to_text(other).size();
        if (to.size() == most_listed || bytes_ > most_listed_bytes)
            report_.truncated = true;
        else
            to.push_back(std::move(item));
    }

    UndoReport& report_;
    std::size_t bytes_ = 0;
};

std::span<const StreamKey> piece(const std::vector<StreamKey>& records, std::size_t begin) {
    return std::span(records).subspan(begin, std::min(records_at_once, records.size() - begin));
}

/// Of a change of what is no record: 422 for who may read it, 404 for others.
Rejection no_record(const std::string& kind, const Caller& caller) {
    if (!caller.may(permission_to_read(kind))) return no_such_change();
    std::string detail =
        "Only changes of records are undone, and this is one of kind " + kind + ".";
    if (kind == "automation") detail += " A version of a rule is restored instead.";
    return invalid({{"/position", "invalid_choice", std::move(detail)}});
}

/// Details of the appended events: shown as the audit items' metadata.
JsonObject details_of(const UndoTarget& target) {
    if (target.position) return {{"undone_position", *target.position}};
    return {{"undone_correlation_id", to_string(*target.correlation)}};
}

} // namespace

/// An undo on its way.
class Undo::Run {
  public:
    Run(const Undo& undo, const CommandContext& context, const UndoRequest& request,
        std::vector<StreamKey> records)
        : store_(undo.store_), context_(context), request_(request),
          planner_(undo.store_, undo.commands_, undo.app_, undo.registry_, context, request.target),
          records_(std::move(records)) {}

    [[nodiscard]] Result<void> survey(std::int64_t at, UndoReport& report) const {
        Listing listing(report);
        for (std::size_t begin = 0; begin < records_.size(); begin += records_at_once) {
            const auto planned = planner_.plan(piece(records_, begin), at);
            if (!planned) return planned.error();
            for (const PlannedUndo& one : *planned) listing.add(one);
        }
        return {};
    }

    /// What was listed before is listed again, as it is now; without `lists` it stays.
    [[nodiscard]] Result<void> apply(UndoReport& report, bool lists) const {
        if (lists) report.changes.clear();
        if (lists) report.conflicts.clear();
        Listing listing(report);
        for (std::size_t begin = 0; begin < records_.size() && !report.is_refused;
             begin += records_at_once) {
            std::vector<PlannedUndo> planned;
            auto applied = apply_some(piece(records_, begin), report, planned);
            if (!applied) return applied;
            if (lists)
                for (const PlannedUndo& one : planned) listing.add(one);
        }
        return {};
    }

  private:
    [[nodiscard]] Command new_command() const {
        Command command{new_id(), context_.tenant, {}, false, 200, context_.origin, now(), {}};
        command.origin.details = details_of(request_.target);
        return command;
    }

    [[nodiscard]] static Result<void> refusal_of(const Outcome& outcome) {
        if (const auto* const refused = std::get_if<Refused>(&outcome))
            return Rejection{Refusal::too_large, refused->cause};
        if (const auto* const away = std::get_if<Unavailable>(&outcome))
            return Rejection{Refusal::unavailable, away->cause};
        if (std::holds_alternative<Conflict>(outcome))
            return Rejection{Refusal::conflict, "The records kept changing; undo again to go on."};
        return {};
    }

    /// Decides again where somebody was faster. Nothing is done to these records where one of them
    /// is in conflict and conflicts are not passed over.
    [[nodiscard]] Result<void> apply_some(std::span<const StreamKey> records, UndoReport& report,
                                          std::vector<PlannedUndo>& planned) const {
        for (int attempt = 1;; ++attempt) {
            auto plan = planner_.plan(records, std::numeric_limits<std::int64_t>::max());
            if (!plan) return plan.error();
            planned = std::move(*plan);
            report.is_refused = !request_.skips_conflicts &&
                                std::ranges::any_of(planned, [](const PlannedUndo& one) {
                                    return !one.plan.conflicts.empty();
                                });
            if (report.is_refused) return {};
            const Outcome outcome = append(planned, report);
            const bool was_slower = std::holds_alternative<Conflict>(outcome);
            if (!was_slower || attempt == max_attempts) return refusal_of(outcome);
        }
    }

    /// By one command, as long as it weighs no more than others do together.
    [[nodiscard]] Outcome append(const std::vector<PlannedUndo>& planned,
                                 UndoReport& report) const {
        Command command = new_command();
        Outcome outcome = Committed{};
        for (const PlannedUndo& one : planned) {
            if (one.plan.events.empty()) continue;
            command.writes.push_back(write_of(one, command.time));
            if (bytes_of(command) < bytes_at_once) continue;
            outcome = append(std::exchange(command, new_command()), report);
            if (!std::holds_alternative<Committed>(outcome)) return outcome;
        }
        return command.writes.empty() ? outcome : append(std::move(command), report);
    }

    [[nodiscard]] Outcome append(Command command, UndoReport& report) const {
        const auto records = static_cast<std::int64_t>(command.writes.size());
        Outcome outcome = store_.append(std::move(command)).get();
        if (const auto* const committed = std::get_if<Committed>(&outcome)) {
            report.applied += records;
            report.position = committed->last_position;
        }
        return outcome;
    }

    [[nodiscard]] StreamWrite write_of(const PlannedUndo& one, Time at) const {
        Record record = one.record;
        StreamWrite write =
            to_write(context_.tenant, *one.kind, one.id, record, one.plan.events, at);
        for (NewEvent& event : write.events) event.causation_id = one.cause;
        return write;
    }

    EventStore& store_;
    const CommandContext& context_;
    const UndoRequest& request_;
    UndoPlanner planner_;
    std::vector<StreamKey> records_;
};

std::vector<StreamKey> Undo::streams_of(const Uuid& tenant, const UndoTarget& target) const {
    std::vector<StreamKey> streams;
    if (target.position) {
        LogFilter filter;
        filter.tenant = tenant;
        const LogPage page = store_.log(*target.position - 1, 1, filter);
        if (!page.events.empty() && page.events.front().position == *target.position)
            streams.push_back(page.events.front().stream);
    } else {
        streams = index_.correlated_streams(tenant, target.correlation.value());
    }
    return streams;
}

Result<UndoReport> Undo::run(const CommandContext& context, const UndoRequest& request) const {
    auto records = streams_of(context.tenant, request.target);
    if (request.target.position && !records.empty() && !is_record(records.front()))
        return no_record(records.front().kind, context.caller);
    std::erase_if(records, [&](const StreamKey& stream) { return !is_record(stream); });
    if (records.empty()) return no_such_change();
    CommandContext own = context;
    const auto known = open_key(store_, own);
    if (!known) return known.error();
    const Run run(*this, own, request, std::move(records));
    UndoReport report;
    report.correlation_id = own.origin.correlation_id;
    report.position = store_.head_position();
    std::int64_t at = report.position;
    if (*known) {
        report.is_replayed = true;
        report.position = at = (*known)->last_position;
    }
    // What was done under this key before stands in the log: the answer tells of all of it.
    const auto done = index_.correlated(context.tenant, report.correlation_id);
    if (done) {
        at = done->first - 1;
        report.position = done->last;
        report.applied = done->streams;
    }
    if (auto surveyed = run.survey(at, report); !surveyed) return surveyed.error();
    report.is_refused =
        !done && !request.skips_conflicts && !request.dry_run && !report.conflicts.empty();
    if (request.dry_run) report.correlation_id = {};
    if (report.is_replayed || report.is_refused || request.dry_run) return report;
    if (auto applied = run.apply(report, !done); !applied) return applied.error();
    if (report.is_refused) return report;
    if (auto spent = spend_key(store_, own); !spent) return spent.error();
    return report;
}

} // namespace throughline
