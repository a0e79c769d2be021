#include "api/cli/verify.hpp"

#include "api/cli/verify_read_models.hpp"
#include "api/cli/verify_streams.hpp"
#include "api/cli/verify_wait.hpp"
#include "bus/database.hpp"
#include "handlers/erasure/house_places.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <pqxx/pqxx>

#include <array>
#include <future>
#include <memory>
#include <span>
#include <sstream>

namespace throughline {
namespace {

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
                                    check_read_models(snapshot->transaction(), part, report);
                                    return report.faults();
                                });
    Report log(out);
    check_log(first.transaction(), log);
    check_streams(first.transaction(), registry, log);
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
