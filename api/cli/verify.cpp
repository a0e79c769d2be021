#include "api/cli/verify.hpp"

#include "api/cli/verify_report.hpp"
#include "api/cli/verify_wait.hpp"
#include "bus/database.hpp"
#include "bus/erased_events.hpp"
#include "bus/event_rows.hpp"
#include "domain/identity/kinds.hpp"
#include "domain/record/change.hpp"
#include "domain/record/erasure.hpp"
#include "handlers/erasure/house_places.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <pqxx/pqxx>

#include <algorithm>
#include <array>
#include <chrono>
#include <future>
#include <memory>
#include <set>
#include <span>
#include <sstream>

namespace throughline {
namespace {

constexpr int page_rows = 2000;

std::int64_t number(pqxx::transaction_base& tx, const std::string& sql) {
    return tx.exec1(sql)[0].as<std::int64_t>();
}

void check_log(pqxx::transaction_base& tx, Report& report) {
    report.begin("log");
    const auto head = number(tx, "select position from log_head");
    const auto row = tx.exec1(
        "select count(*), coalesce(min(position), 0), coalesce(max(position), 0) from events");
    const auto count = row[0].as<std::int64_t>();
    const auto last = row[2].as<std::int64_t>();
    if (count > 0 && row[1].as<std::int64_t>() != 1)
        report.fault(fmt::format("it begins at position {}, not 1", row[1].as<std::int64_t>()));
    if (last != head)
        report.fault(fmt::format("the last event is at {}, the head at {}", last, head));
    if (count != last)
        for (const auto& gap :
             tx.exec("select position from (select position, lag(position, 1, 0::bigint) over "
                     "(order by position) as before from events) e where position <> before + 1"))
            report.fault(
                fmt::format("a hole or double before position {}", gap[0].as<std::int64_t>()));
    const auto back =
        number(tx, "select count(*) from (select recorded_at < lag(recorded_at) over (order by "
                   "position) as back from events) e where back");
    if (back != 0) report.fault(fmt::format("the recorded time goes back {} times", back));
    report.end(fmt::format("{} events, positions 1 to {}", count, head));
}

/// Folds every stream in turn: events come ordered by stream and version.
class StreamCheck {
  public:
    StreamCheck(pqxx::transaction_base& tx, const Registry& registry, Report& report)
        : tx_(tx), registry_(registry), report_(report) {}

    void run() {
        report_.begin("streams");
        tx_.exec0(fmt::format("declare by_stream no scroll cursor for select {} from events "
                              "order by tenant_id, kind, stream_id, version",
                              event_columns));
        tx_.exec0("declare heads no scroll cursor for select tenant_id, kind, id, version, "
                  "archived, state from "
                  "streams order by tenant_id, kind, id");
        for (;;) {
            const pqxx::result page = tx_.exec(fmt::format("fetch {} from by_stream", page_rows));
            for (const auto& row : page) take(read_event_row(row));
            if (page.empty()) break;
        }
        close_stream();
        if (next_head())
            report_.fault(fmt::format("head state of {}/{} has no events", head_[1].c_str(),
                                      head_[2].c_str()));
        report_.end(fmt::format("{} events folded into {} streams and their head states", events_,
                                streams_));
    }

  private:
    void take(const StoredEvent& event) {
        ++events_;
        if (event.tenant != current_tenant_ || event.stream != current_) {
            close_stream();
            current_tenant_ = event.tenant;
            current_ = event.stream;
            record_ = {};
            ++streams_;
        }
        if (event.version != record_.version + 1)
            report_.fault(fmt::format("{}/{} has version {} after {} (position {})",
                                      event.stream.kind, to_string(event.stream.id), event.version,
                                      record_.version, event.position));
        if (kind() != nullptr) check_erasure(event);
        if (kind() != nullptr) evolve(record_, event.type, current_data(event), event.time);
        record_.version = event.version;
    }

    /// Once a record is erased, nothing before has anything in its personal fields.
    void check_erasure(const StoredEvent& event) {
        if (event.version == 1) before_.clear();
        if (!can_be_erased(*kind())) return;
        if (is_erasure(event.type)) {
            const JsonObject blanks = blanks_in(event);
            for (const StoredEvent& earlier : before_)
                if (blanked_event(earlier, blanks).data != earlier.data)
                    report_.fault(fmt::format("{}/{} is erased, and its event at position {} not",
                                              event.stream.kind, to_string(event.stream.id),
                                              earlier.position));
            before_.clear();
        }
        before_.push_back(event);
    }

    void close_stream() {
        if (current_.kind.empty()) return;
        const std::string name = current_.kind + "/" + to_string(current_.id);
        if (!next_head() || head_[1].c_str() != current_.kind ||
            uuid_of(head_[2].c_str()) != current_.id ||
            uuid_of(head_[0].c_str()) != current_tenant_) {
            report_.fault(name + " has events but no head state where one is due");
            return;
        }
        if (head_[3].as<std::int64_t>() != record_.version)
            report_.fault(fmt::format("{} is at version {}, its head state says {}", name,
                                      record_.version, head_[3].as<std::int64_t>()));
        if (kind() == nullptr) return;
        if (head_[4].as<bool>() != record_.deleted)
            report_.fault(name + ": its head state is wrong about whether it is deleted");
        if (!is_fold(head_[5].c_str()))
            report_.fault(name + ": its head state is not the fold of its events");
    }

    bool next_head() {
        if (next_ == heads_.size()) {
            heads_ = tx_.exec(fmt::format("fetch {} from heads", page_rows));
            next_ = 0;
        }
        if (heads_.empty()) return false;
        head_ = heads_[next_++];
        return true;
    }

    [[nodiscard]] const Kind* kind() const { return any_kind(registry_, current_.kind); }
    /// A field that is younger than the head state is unset there.
    [[nodiscard]] bool is_fold(const char* state) const {
        const Record head = record_from_state(*kind(), state, record_.version, record_.deleted);
        return state_text(*kind(), head) == state_text(*kind(), record_);
    }

    pqxx::transaction_base& tx_;
    const Registry& registry_;
    Report& report_;
    Uuid current_tenant_;
    StreamKey current_;
    Record record_;
    std::vector<StoredEvent> before_; // of the stream, since it was erased
    pqxx::result heads_;
    pqxx::result::size_type next_ = 0;
    pqxx::row head_;
    std::int64_t events_ = 0;
    std::int64_t streams_ = 0;
};

/// A command without events (a client's key on a change that changed nothing) has the empty range
/// behind what the log had.
void check_commands(pqxx::transaction_base& tx, Report& report) {
    report.begin("commands");
    const auto count = number(tx, "select count(*) from commands");
    for (const auto& row : tx.exec(
             "select id, first_position from (select id, first_position, last_position, "
             "last_position < first_position as is_empty, lag(last_position, 1, 0::bigint) over "
             "(partition by last_position < first_position order by first_position, "
             "last_position) as before from commands) c where case when is_empty then "
             "first_position < 1 or last_position <> first_position - 1 else first_position <= "
             "before end or last_position > (select position from log_head)"))
        report.fault(fmt::format("command {} shares position {} with another, or has none",
                                 row[0].c_str(), row[1].c_str()));
    report.end(fmt::format("{} commands with one outcome each", count));
}

void check_left_behind(pqxx::transaction_base& tx, Report& report) {
    report.begin("erased persons");
    for (const std::string& row : left_behind(tx, most_faults))
        report.fault(row + " is about an erased record, and tells of it");
    report.end("what rules left about erased records is blank");
}

/// Folds the log into temporary tables of the same names, which hide the real ones, and compares.
class ProjectionCheck {
  public:
    ProjectionCheck(pqxx::transaction_base& tx,
                    std::span<const std::unique_ptr<Projection>> projections, Report& report)
        : tx_(tx), projections_(projections), report_(report) {}

    void run() {
        report_.begin("read models");
        std::int64_t last = 0;
        for (const auto& projection : projections_) {
            Folded& folded = folded_.emplace_back(Folded{projection.get(), 0, {}, true});
            folded.checkpoint = checkpoint_of(*projection);
            folded.left_out = left_out_by(*projection);
            last = std::max(last, folded.checkpoint);
            for (const std::string& table : projection->tables())
                folded.has_tables = folded.has_tables && make_twin(table);
        }
        fold(last);
        report_.end(fmt::format("events 1 to {} folded again", last));
        for (const Folded& folded : folded_) compare(folded);
    }

  private:
    struct Folded {
        Projection* projection;
        std::int64_t checkpoint;
        std::set<std::int64_t> left_out;
        bool has_tables;
    };

    std::int64_t checkpoint_of(const Projection& projection) {
        const auto found =
            tx_.exec_params("select position from checkpoints where name = $1", projection.name());
        return found.empty() ? 0 : found[0][0].as<std::int64_t>();
    }

    /// Dead letters, and what an operator had passed over: `/ready` and `dead-letters` tell of
    /// them.
    std::set<std::int64_t> left_out_by(const Projection& projection) {
        std::set<std::int64_t> positions;
        for (const auto& row : tx_.exec_params(
                 "select position from dead_letters where consumer = $1 union all select position "
                 "from dead_letter_requests where consumer = $1 and skipped_at is not null",
                 projection.name()))
            positions.insert(row[0].as<std::int64_t>());
        return positions;
    }

    /// With the primary key, by which rows are found again, and no other index. False where the
    /// table itself is missing.
    bool make_twin(const std::string& table) {
        if (tx_.exec_params1("select to_regclass($1)", "public." + table)[0].is_null()) {
            report_.fault(table + " does not exist: `migrate`, then `rebuild`");
            return false;
        }
        tx_.exec0(fmt::format("create temp table {0} (like public.{0} including defaults)", table));
        tx_.exec0(fmt::format("alter table pg_temp.{} add primary key {}", table, key_of(table)));
        return true;
    }

    /// "(tenant_id, id)"
    std::string key_of(const std::string& table) {
        return tx_
            .exec_params1("select substring(pg_get_constraintdef(oid) from '\\(.*\\)') from "
                          "pg_constraint where conrelid = $1::regclass and contype = 'p'",
                          "public." + table)[0]
            .c_str();
    }

    void fold(std::int64_t last) {
        tx_.exec0(fmt::format("declare fold no scroll cursor for select {} from events where "
                              "position <= {} order by position",
                              event_columns, last));
        for (;;) {
            const pqxx::result page = tx_.exec(fmt::format("fetch {} from fold", page_rows));
            if (page.empty()) break;
            std::vector<StoredEvent> events;
            for (const auto& row : page) events.push_back(read_event_row(row));
            for (const Folded& folded : folded_) apply(folded, events);
        }
        tx_.exec0("close fold");
    }

    void apply(const Folded& folded, std::span<const StoredEvent> events) {
        const std::int64_t to = folded.checkpoint - events.front().position + 1;
        const auto count = std::clamp<std::int64_t>(to, 0, std::ssize(events));
        events = events.first(static_cast<std::size_t>(count));
        if (events.empty() || !folded.has_tables) return;
        const auto is_left_out = [&](const StoredEvent& event) {
            return folded.left_out.contains(event.position);
        };
        if (std::ranges::none_of(events, is_left_out)) return folded.projection->apply(tx_, events);
        std::vector<StoredEvent> rest;
        std::ranges::remove_copy_if(events, std::back_inserter(rest), is_left_out);
        if (!rest.empty()) folded.projection->apply(tx_, rest);
    }

    void compare(const Folded& folded) {
        if (!folded.has_tables) return;
        report_.begin(folded.projection->name());
        std::int64_t rows = 0;
        for (const std::string& table : folded.projection->tables()) {
            compare_rows(table);
            rows += number(tx_, fmt::format("select count(*) from public.{}", table));
        }
        report_.end(
            fmt::format("{} rows beside the fold of events 1 to {}{}", rows, folded.checkpoint,
                        folded.left_out.empty()
                            ? ""
                            : fmt::format(", without {} that are dead letters or passed over",
                                          folded.left_out.size())));
    }

    /// Rows are equal when their bytes are (*=): by their values would cost a sort of both tables.
    void compare_rows(const std::string& table) {
        for (const auto& row : tx_.exec(fmt::format(
                 "select case when due is null then 'a row that the log does not give' when shown "
                 "is null then 'a row is missing' else 'a row is not what the log gives' end, "
                 "left(coalesce(shown::text, due::text), 300) from public.{0} shown full join "
                 "pg_temp.{0} due using {1} where (shown *= due) is not true limit {2}",
                 table, key_of(table), most_faults)))
            report_.fault(fmt::format("{}: {}: {}", table, row[0].c_str(), row[1].c_str()));
    }

    pqxx::transaction_base& tx_;
    std::span<const std::unique_ptr<Projection>> projections_;
    Report& report_;
    std::vector<Folded> folded_;
};

/// One snapshot of the database, which two connections can read at once.
class Snapshot {
  public:
    explicit Snapshot(const std::string& url)
        : connection_(connect(url, Role::owner)), tx_(*connection_) {
        prepare();
    }
    /// The same snapshot as the other's.
    Snapshot(const std::string& url, Snapshot& other)
        : connection_(connect(url, Role::owner)), tx_(*connection_) {
        const auto name = other.tx_.exec1("select pg_export_snapshot()");
        tx_.exec0(fmt::format("set transaction snapshot {}", tx_.quote(name[0].c_str())));
        prepare();
    }
    pqxx::transaction_base& transaction() { return tx_; }

  private:
    void prepare() {
        tx_.exec0("set local statement_timeout = 0");
        tx_.exec0("set local idle_in_transaction_session_timeout = 0");
        tx_.exec0("set local temp_buffers = '128MB'");
        tx_.exec0("set local work_mem = '64MB'");
    }

    Connection connection_;
    pqxx::transaction<pqxx::repeatable_read> tx_;
};

} // namespace

int run_verify(const std::string& database_url, const Registry& registry,
               const std::vector<std::unique_ptr<Projection>>& projections, std::ostream& out) {
    wait_for_erasures(database_url, projections);
    Snapshot first(database_url);
    (void)first.transaction().exec("select 1 from log_head"); // the snapshot is taken now
    // Half of the read models beside the other half and the log.
    const auto half = projections.size() / 2;
    const std::array parts{std::span(projections).first(half),
                           std::span(projections).subspan(half)};
    std::array<std::ostringstream, 2> found; // shown after the log's
    std::array<std::future<int>, 2> folding;
    for (std::size_t i = 0; i < parts.size(); ++i)
        folding[i] = std::async(std::launch::async,
                                [&, part = parts[i], &text = found[i],
                                 snapshot = std::make_shared<Snapshot>(database_url, first)] {
                                    Report report(text);
                                    ProjectionCheck(snapshot->transaction(), part, report).run();
                                    return report.faults();
                                });
    Report log(out);
    check_log(first.transaction(), log);
    StreamCheck(first.transaction(), registry, log).run();
    check_commands(first.transaction(), log);
    check_left_behind(first.transaction(), log);
    int faults = log.faults();
    for (std::size_t i = 0; i < parts.size(); ++i) {
        faults += folding[i].get();
        out << found[i].str();
    }
    fmt::print(out, "{}\n", faults == 0 ? "verified: no fault" : fmt::format("{} faults", faults));
    return faults == 0 ? 0 : 1;
}

} // namespace throughline
