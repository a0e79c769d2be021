#include "handlers/automation/run_history.hpp"

#include "bus/pg_text.hpp"

#include <pqxx/pqxx>

namespace throughline {

namespace {

constexpr const char* columns =
    "id, rule_id, rule_version, event_id, status, reason, is_shadow, actions,"
    " (extract(epoch from started_at) * 1000000)::bigint,"
    " (extract(epoch from coalesce(ended_at, now()) - started_at) * 1000)::bigint,"
    " subject_kind, subject_id";

constexpr std::size_t most_page_bytes = 4U << 20; // of ledgers; the one that goes past is whole

constexpr const char* retried =
    "status = 'waiting', reason = null, due_at = now(), claim = null, attempts = 0,"
    " ended_at = null, told = null";

constexpr const char* is_of_rule_at_work =
    " and exists (select from automation_rules rule where rule.id = automation_runs.rule_id"
    " and not rule.deleted and (rule.state ->> 'enabled')::boolean)";

Json text_or_null(const pqxx::field& field) {
    return field.is_null() ? Json() : Json(text_of(field));
}

Json subject_of(const pqxx::row& row) {
    if (row[10].is_null()) return {};
    return std::string(text_of(row[10])) + "/" + std::string(text_of(row[11]));
}

JsonObject run_of(const pqxx::row& row) {
    return {{"id", text_of(row[0])},
            {"rule_id", text_of(row[1])},
            {"rule_version", row[2].as<std::int64_t>()},
            {"event_id", text_of(row[3])},
            {"subject", subject_of(row)},
            {"mode", row[6].as<bool>() ? "shadow" : "live"},
            {"status", text_of(row[4])},
            {"reason", text_or_null(row[5])},
            {"started_at", row[8].is_null() ? Json() : Json(to_rfc3339(time_of(row[8])))},
            {"duration_ms", row[9].is_null() ? Json() : Json(row[9].as<std::int64_t>())},
            {"actions", parse_json(text_of(row[7]))}};
}

/// Conditions of SQL and their parameters, $1 being the tenant.
struct Condition {
    std::string sql = "tenant_id = $1";
    std::vector<std::string> values;

    explicit Condition(const Uuid& tenant) { values.push_back(to_string(tenant)); }
    void add(const std::string& test, std::string value) {
        values.push_back(std::move(value));
        sql += " and " + test + "$" + std::to_string(values.size());
    }
    void add(const RunFilter& filter) {
        if (filter.rule) add("rule_id = ", to_string(*filter.rule));
        if (filter.from) add_time("created_at >= ", *filter.from);
        if (filter.to) add_time("created_at <= ", *filter.to);
        if (filter.statuses.empty()) return;
        PgArray statuses;
        for (const std::string& status : filter.statuses) statuses.add(status);
        add("status = any (", statuses.text());
        sql += "::text[])";
    }
    void add_time(const std::string& test, Time time) { add(test, to_rfc3339(time)); }
};

/// The newest, as many as fit, and how many there were within the limit. A ledger that is stored as
/// it is tells its size without being fetched.
std::string select_page(const std::string& condition, std::size_t limit) {
    return std::string("select ") + columns +
           ", found from (select *, count(*) over () as found, sum(size) over (order by id desc"
           " rows unbounded preceding) as weight from (select *, case when"
           " pg_column_compression(actions) is null then pg_column_size(actions) else"
           " octet_length(actions::text) end as size from automation_runs where " +
           condition + " order by id desc limit " + std::to_string(limit) +
           ") as sized) as weighed where weight - size < " + std::to_string(most_page_bytes) +
           " order by id desc";
}

pqxx::result run(pqxx::transaction_base& transaction, const std::string& sql,
                 const std::vector<std::string>& values) {
    return transaction.exec_params(sql, pqxx::prepare::make_dynamic_params(values));
}

} // namespace

const std::vector<std::string>& stuck_statuses() {
    static const std::vector<std::string> statuses{"failed", "dead"};
    return statuses;
}

RunPage RunHistory::page(const Uuid& tenant, const RunFilter& filter,
                         const std::optional<Uuid>& before, std::size_t limit) const {
    Condition condition(tenant);
    condition.add(filter);
    if (before) condition.add("id < ", to_string(*before));
    RunPage page;
    system_.read(tenant, [&](pqxx::transaction_base& transaction) {
        page = {};
        Uuid last;
        std::size_t found = 0;
        for (const pqxx::row& row :
             run(transaction, select_page(condition.sql, limit + 1), condition.values)) {
            if (page.runs.size() == limit) break;
            last = uuid_of(text_of(row[0]));
            page.runs.push_back(run_of(row));
            found = row[12].as<std::size_t>();
        }
        if (found > page.runs.size()) page.next = last;
    });
    return page;
}

std::int64_t RunHistory::count(const Uuid& tenant, const RunFilter& filter,
                               std::int64_t most) const {
    Condition condition(tenant);
    condition.add(filter);
    std::int64_t count = 0;
    system_.read(tenant, [&](pqxx::transaction_base& transaction) {
        count = run(transaction,
                    "select count(*) from (select from automation_runs where " + condition.sql +
                        " limit " + std::to_string(most) + ") as counted",
                    condition.values)[0][0]
                    .as<std::int64_t>();
    });
    return count;
}

std::optional<JsonObject> RunHistory::find(const Uuid& tenant, const Uuid& id) const {
    std::optional<JsonObject> found;
    system_.read(tenant, [&](pqxx::transaction_base& transaction) {
        const auto rows = transaction.exec_params(std::string("select ") + columns +
                                                      " from automation_runs"
                                                      " where tenant_id = $1 and id = $2",
                                                  to_string(tenant), to_string(id));
        if (!rows.empty()) found = run_of(rows[0]);
    });
    return found;
}

std::map<Uuid, LastRun> RunHistory::of(const Uuid& tenant, std::span<const Uuid> rules) const {
    PgArray ids;
    for (const Uuid& rule : rules) ids.add(rule);
    std::map<Uuid, LastRun> last;
    system_.read(tenant, [&](pqxx::transaction_base& transaction) {
        last.clear();
        for (const pqxx::row& row : transaction.exec_params(
                 "select rule, status, (extract(epoch from coalesce(started_at, created_at))"
                 " * 1000000)::bigint from unnest($2::uuid[]) as rule cross join lateral"
                 " (select * from automation_runs where tenant_id = $1 and rule_id = rule"
                 " order by id desc limit 1) as run",
                 to_string(tenant), ids.text()))
            last[uuid_of(text_of(row[0]))] = {time_of(row[2]), std::string(text_of(row[1]))};
    });
    return last;
}

Rejection RunHistory::unfit(const Uuid& tenant, const Uuid& id, const char* verb) const {
    const auto run = find(tenant, id);
    if (!run) return no_such("run");
    return {Refusal::conflict,
            "A run that is " + *run->find("status")->string() + " cannot be " + verb + "."};
}

Result<void> RunHistory::retry(const Uuid& tenant, const Uuid& id) const {
    bool is_done = false;
    system_.write(tenant, [&](pqxx::transaction_base& transaction) {
        is_done = transaction
                      .exec_params(std::string("update automation_runs set ") + retried +
                                       " where tenant_id = $1 and id = $2"
                                       " and status in ('failed', 'dead')",
                                   to_string(tenant), to_string(id))
                      .affected_rows() == 1;
    });
    if (!is_done) return unfit(tenant, id, "retried");
    return {};
}

std::size_t RunHistory::retry_all(const Uuid& tenant, const RunFilter& filter) const {
    Condition condition(tenant);
    condition.add(filter);
    if (!filter.rule) condition.sql += is_of_rule_at_work;
    std::size_t count = 0;
    system_.write(tenant, [&](pqxx::transaction_base& transaction) {
        count = run(transaction,
                    std::string("update automation_runs set ") + retried + " where " +
                        condition.sql + " and status in ('failed', 'dead')",
                    condition.values)
                    .affected_rows();
    });
    return count;
}

Result<void> RunHistory::cancel(const Uuid& tenant, const Uuid& id) const {
    bool is_done = false;
    system_.write(tenant, [&](pqxx::transaction_base& transaction) {
        is_done =
            transaction
                .exec_params("update automation_runs set status = 'cancelled', claim ="
                             " case when status = 'running' and due_at > now() then claim end,"
                             " ended_at = now() where tenant_id = $1 and id = $2"
                             " and status in ('waiting', 'running')",
                             to_string(tenant), to_string(id))
                .affected_rows() == 1;
    });
    if (!is_done) return unfit(tenant, id, "cancelled");
    return {};
}

} // namespace throughline
