#include "handlers/automation/backtests.hpp"

#include "bus/ids.hpp"
#include "bus/pg_text.hpp"

#include <pqxx/pqxx>
#include <spdlog/spdlog.h>

namespace throughline {

namespace {

constexpr int most_open = 10; // of a tenant

} // namespace

struct Backtests::Job {
    Uuid id;
    BacktestOrder order;
    std::string due_at = {}; // as this one set it last: nobody else has taken it up since
};

Result<Uuid> Backtests::order(const BacktestOrder& order) const {
    const Uuid id = new_id();
    bool is_taken = false;
    with_.system.write({}, [&](pqxx::transaction_base& transaction) {
        is_taken =
            transaction
                .exec_params(
                    "insert into automation_backtests (id, tenant_id, rule_id, rule_version,"
                    " compare_version, from_time, to_time)"
                    " select $1::uuid, $2::uuid, $3::uuid, $4::bigint, $5::bigint,"
                    " $6::timestamptz, $7::timestamptz where (select count(*)"
                    " from automation_backtests where tenant_id = $2::uuid"
                    " and status in ('queued', 'running')) < $8::int",
                    to_string(id), to_string(order.tenant), to_string(order.rule), order.version,
                    order.compare_version, to_rfc3339(order.from), to_rfc3339(order.to), most_open)
                .affected_rows() == 1;
    });
    if (!is_taken)
        return Rejection{Refusal::conflict,
                         "There are " + std::to_string(most_open) +
                             " backtests that are not done: wait for one of them."};
    return id;
}

std::optional<JsonObject> Backtests::find(const Uuid& tenant, const Uuid& id) const {
    std::optional<JsonObject> found;
    with_.system.read({}, [&](pqxx::transaction_base& transaction) {
        const auto rows = transaction.exec_params(
            "select status, progress::text, events, matched, result, rule_id, rule_version,"
            " compare_version from automation_backtests where tenant_id = $1 and id = $2",
            to_string(tenant), to_string(id));
        if (rows.empty()) return;
        const auto& row = rows[0];
        Json result = parse_json(text_of(row[4]));
        const auto listed = [&](const char* name) {
            const Json* const list = result.find(name);
            return list == nullptr ? Json(JsonArray{}) : *list;
        };
        found = JsonObject{{"id", to_string(id)},
                           {"rule_id", text_of(row[5])},
                           {"rule_version", row[6].as<std::int64_t>()},
                           {"status", text_of(row[0])},
                           {"progress", JsonNumber{std::string(text_of(row[1]))}},
                           {"events", row[2].as<std::int64_t>()},
                           {"matched", row[3].as<std::int64_t>()},
                           {"fires", listed("fires")},
                           {"warnings", listed("warnings")}};
        if (const Json* const compared = result.find("compared"))
            found->append("compared", *compared);
    });
    return found;
}

std::optional<Backtests::Job> Backtests::take() const {
    std::optional<Job> job;
    with_.system.write({}, [&](pqxx::transaction_base& transaction) {
        job.reset();
        const auto rows = transaction.exec(
            "update automation_backtests set status = 'running', due_at = now() + interval '1"
            " minute' where id = (select b.id from automation_backtests b left join"
            " (select tenant_id, max(due_at) as last from automation_backtests"
            " where status <> 'queued' group by tenant_id) as done using (tenant_id)"
            " where b.status in ('queued', 'running') and b.due_at <= now()"
            " order by done.last nulls first, b.due_at limit 1"
            " for update of b skip locked) returning id, tenant_id, rule_id, rule_version,"
            " compare_version, (extract(epoch from from_time) * 1000000)::bigint,"
            " (extract(epoch from to_time) * 1000000)::bigint, due_at::text");
        if (rows.empty()) return;
        const auto& row = rows[0];
        job = Job{uuid_of(text_of(row[0])),
                  {uuid_of(text_of(row[1])),
                   uuid_of(text_of(row[2])),
                   row[3].as<std::int64_t>(),
                   {},
                   time_of(row[5]),
                   time_of(row[6])},
                  std::string(text_of(row[7]))};
        if (!row[4].is_null()) job->order.compare_version = row[4].as<std::int64_t>();
    });
    return job;
}

bool Backtests::save(Job& job, const std::string& status, double progress,
                     const BacktestResult& result) const {
    bool is_ours = false;
    with_.system.write({}, [&](pqxx::transaction_base& transaction) {
        const auto rows = transaction.exec_params(
            "update automation_backtests set status = $2, progress = $3, events = $4, matched = $5,"
            " result = $6::json, due_at = now() + interval '1 minute' where id = $1 and"
            " due_at = $7::timestamptz returning due_at::text",
            to_string(job.id), status, progress, result.events, result.matched,
            to_text(result.to_json()), job.due_at);
        is_ours = !rows.empty();
        if (is_ours) job.due_at = text_of(rows[0][0]);
    });
    return is_ours;
}

void Backtests::run(Job& job, const std::function<bool()>& goes_on) const {
    const BacktestOrder& order = job.order;
    const RulePtr rule = with_.rules.get(order.tenant, order.rule, order.version);
    const RulePtr other = order.compare_version
                              ? with_.rules.get(order.tenant, order.rule, *order.compare_version)
                              : nullptr;
    if (rule == nullptr) throw std::runtime_error("there is no such version of the rule");
    // Far enough back that nothing of the ordered time lies before.
    const BacktestSpan span{with_.index.position_at(order.from - LogIndex::longest_delay),
                            with_.index.position_at(order.to), order.from, order.to};
    auto saved = std::chrono::steady_clock::now();
    bool is_stopped = false;
    const auto progress = [&](double part, const BacktestResult& so_far) {
        is_stopped = !goes_on();
        if (std::chrono::steady_clock::now() - saved > std::chrono::seconds(1)) {
            saved = std::chrono::steady_clock::now();
            is_stopped = !save(job, "running", part, so_far) || is_stopped;
        }
        return !is_stopped;
    };
    const BacktestResult result = backtest(with_.store, with_.index, with_.registry, with_.contexts,
                                           rule, other, span, progress);
    if (!is_stopped) (void)save(job, "completed", 1, result);
}

void Backtests::sweep() const {
    with_.system.write({}, [](pqxx::transaction_base& transaction) {
        transaction.exec0("delete from automation_backtests where status in ('completed',"
                          " 'failed') and due_at < now() - interval '30 days'");
    });
}

bool Backtests::run_one(const std::function<bool()>& goes_on) const {
    auto job = take();
    if (!job) return false;
    try {
        run(*job, goes_on);
    } catch (const std::exception& fault) {
        if (is_connection_loss(fault)) throw;
        spdlog::error("backtest {} failed: {}", to_string(job->id), fault_text(fault));
        (void)save(*job, "failed", 1, {});
    }
    return true;
}

} // namespace throughline
