#include "api/cli/verify.hpp"

#include "bus/database.hpp"
#include "bus/event_rows.hpp"
#include "domain/identity/tenant.hpp"
#include "domain/identity/user.hpp"
#include "domain/record/change.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <pqxx/pqxx>

#include <chrono>

namespace throughline {
namespace {

constexpr int shown_faults = 10;
constexpr int page_rows = 2000;

/// What was found wrong, printed as it is found.
class Report {
  public:
    explicit Report(std::ostream& out) : out_(out) {}
    void begin(std::string what) {
        what_ = std::move(what);
        faults_ = 0;
        started_ = std::chrono::steady_clock::now();
    }
    void fault(const std::string& detail) {
        ++all_;
        if (++faults_ <= shown_faults) fmt::print(out_, "FAULT {}: {}\n", what_, detail);
    }
    void end(const std::string& checked) {
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started_;
        fmt::print(out_, "{} {}: {} ({:.1f} s)\n", faults_ == 0 ? "ok   " : "WRONG", what_, checked,
                   took.count());
        if (faults_ > shown_faults) fmt::print(out_, "      and {} more\n", faults_ - shown_faults);
        out_.flush();
    }
    [[nodiscard]] int faults() const { return all_; }

  private:
    std::ostream& out_;
    std::string what_;
    std::chrono::steady_clock::time_point started_;
    int faults_ = 0;
    int all_ = 0;
};

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
        : tx_(tx), registry_(registry), report_(report), tenant_(tenant_kind()),
          user_(user_kind()) {}

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
        if (kind() != nullptr) evolve(record_, event.type, current_data(event), event.time);
        record_.version = event.version;
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
        if (parse_json(head_[5].c_str()) != parse_json(state_text(*kind(), record_)))
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

    [[nodiscard]] const Kind* kind() const {
        if (const Kind* found = registry_.find(current_.kind)) return found;
        return current_.kind == tenant_.name ? &tenant_
               : current_.kind == user_.name ? &user_
                                             : nullptr;
    }

    pqxx::transaction_base& tx_;
    const Registry& registry_;
    Report& report_;
    Kind tenant_;
    Kind user_;
    Uuid current_tenant_;
    StreamKey current_;
    Record record_;
    pqxx::result heads_;
    pqxx::result::size_type next_ = 0;
    pqxx::row head_;
    std::int64_t events_ = 0;
    std::int64_t streams_ = 0;
};

void check_commands(pqxx::transaction_base& tx, Report& report) {
    report.begin("commands");
    const auto count = number(tx, "select count(*) from commands");
    for (const auto& row : tx.exec(
             "select id, first_position from (select id, first_position, last_position, "
             "lag(last_position, 1, 0::bigint) over (order by first_position, last_position) as "
             "before from commands) c where first_position <= before or last_position < "
             "first_position or last_position > (select position from log_head)"))
        report.fault(fmt::format("command {} shares position {} with another, or has none",
                                 row[0].c_str(), row[1].c_str()));
    report.end(fmt::format("{} commands with one outcome each", count));
}

/// Folds the log into temporary tables of the same names, which hide the real ones, and compares.
void check_projection(pqxx::transaction_base& tx, Projection& projection, Report& report) {
    report.begin(projection.name());
    const auto found =
        tx.exec_params("select position from checkpoints where name = $1", projection.name());
    const std::int64_t checkpoint = found.empty() ? 0 : found[0][0].as<std::int64_t>();
    for (const std::string& table : projection.tables())
        tx.exec0(fmt::format(
            "create temp table {0} (like public.{0} including indexes including defaults)", table));
    tx.exec0(
        fmt::format("declare fold no scroll cursor for select {} from events where position <= {} "
                    "order by position",
                    event_columns, checkpoint));
    for (;;) {
        const pqxx::result page = tx.exec(fmt::format("fetch {} from fold", page_rows));
        if (page.empty()) break;
        std::vector<StoredEvent> events;
        for (const auto& row : page) events.push_back(read_event_row(row));
        projection.apply(tx, events);
    }
    tx.exec0("close fold");
    std::int64_t rows = 0;
    for (const std::string& table : projection.tables()) {
        rows += number(tx, fmt::format("select count(*) from public.{}", table));
        for (const auto& row :
             tx.exec(fmt::format("select 'a row that the log does not give: ' || left(r::text, "
                                 "300) from (select * from public.{0} "
                                 "except all select * from pg_temp.{0}) r union all select 'a row "
                                 "is missing: ' || left(r::text, 300) "
                                 "from (select * from pg_temp.{0} except all select * from "
                                 "public.{0}) r limit 1000",
                                 table)))
            report.fault(table + ": " + row[0].c_str());
        tx.exec0(fmt::format("drop table pg_temp.{}", table));
    }
    report.end(fmt::format("{} rows equal the fold of events 1 to {}", rows, checkpoint));
}

} // namespace

int run_verify(const std::string& database_url, const Registry& registry,
               const std::vector<std::unique_ptr<Projection>>& projections, std::ostream& out) {
    const auto connection = connect(database_url, Role::owner);
    pqxx::transaction<pqxx::repeatable_read> tx(*connection);
    tx.exec0("set local statement_timeout = 0");
    tx.exec0("set local idle_in_transaction_session_timeout = 0");
    Report report(out);
    check_log(tx, report);
    StreamCheck(tx, registry, report).run();
    check_commands(tx, report);
    for (const auto& projection : projections) check_projection(tx, *projection, report);
    tx.abort();
    fmt::print(out, "{}\n",
               report.faults() == 0 ? "verified: no fault"
                                    : fmt::format("{} faults", report.faults()));
    return report.faults() == 0 ? 0 : 1;
}

} // namespace throughline
