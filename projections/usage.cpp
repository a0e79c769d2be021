#include "projections/usage.hpp"

#include "bus/pg_text.hpp"

#include <pqxx/pqxx>

namespace throughline {

namespace {

/// Rows are locked in one order, whoever adds to them.
constexpr const char* add_counts =
    "insert into usage_requests select * from unnest($1::uuid[], $2::timestamptz[], $3::uuid[], "
    "$4::uuid[], $5::text[], $6::text[], $7::bigint[]) as c (tenant_id, hour, user_id, key_id, "
    "method, route, requests) order by tenant_id, hour, user_id, key_id, method, route "
    "on conflict (tenant_id, hour, user_id, key_id, method, route) "
    "do update set requests = usage_requests.requests + excluded.requests";

constexpr const char* requests_of =
    "select user_id, key_id, method, route, sum(requests)::bigint from usage_requests "
    "where tenant_id = $1 and hour >= $2 and hour < $3 "
    "group by 1, 2, 3, 4 order by 5 desc, 1, 2, 4, 3";

/// What a key does, its user does.
constexpr const char* activity_of =
    "select coalesce((k.state::json ->> 'user_id')::uuid, actor), "
    "coalesce(k.id, '00000000-0000-0000-0000-000000000000'), type, events, last from ("
    "select coalesce(meta ->> 'actor', '00000000-0000-0000-0000-000000000000')::uuid as actor, "
    "type, count(*) as events, "
    "(extract(epoch from max(recorded_at)) * 1000000)::bigint as last from events "
    "where tenant_id = $1 and position > position_before($1, $2) "
    "and position <= position_before($1, $3) group by 1, 2) a left join streams k "
    "on k.tenant_id = $1 and k.kind = 'api_key' and k.id = actor order by 4 desc, 1, 2, 3";

Time start_of_hour(std::int64_t hour) { return Time{std::chrono::hours(hour)}; }

} // namespace

void Usage::add(const std::vector<UsageCount>& counts) {
    PgArray tenants;
    PgArray hours;
    PgArray users;
    PgArray keys;
    PgArray methods;
    PgArray routes;
    PgArray requests;
    for (const UsageCount& count : counts) {
        tenants.add(count.tenant);
        hours.add(to_rfc3339(start_of_hour(count.hour)));
        users.add(count.user);
        keys.add(count.key);
        methods.add(count.method);
        routes.add(count.route);
        requests.add(count.requests);
    }
    system_.write({}, [&](pqxx::transaction_base& tx) {
        tx.exec_params(add_counts, tenants.text(), hours.text(), users.text(), keys.text(),
                       methods.text(), routes.text(), requests.text());
    });
}

UsageReport Usage::report(const Uuid& tenant, Time from, Time to) {
    UsageReport report;
    const std::string of = to_string(tenant);
    const std::string begin = to_rfc3339(from);
    const std::string end = to_rfc3339(to);
    app_.read(tenant, [&](pqxx::transaction_base& tx) {
        report = {};
        for (const auto& row : tx.exec_params(requests_of, of, begin, end))
            report.requests.push_back({uuid_of(text_of(row[0])), uuid_of(text_of(row[1])),
                                       row[2].as<std::string>(), row[3].as<std::string>(),
                                       row[4].as<std::int64_t>()});
        for (const auto& row : tx.exec_params(activity_of, of, begin, end))
            report.activity.push_back({uuid_of(text_of(row[0])), uuid_of(text_of(row[1])),
                                       row[2].as<std::string>(), row[3].as<std::int64_t>(),
                                       time_of(row[4])});
    });
    return report;
}

void Usage::sweep() {
    system_.read({}, [](pqxx::transaction_base& tx) {
        tx.exec0("delete from usage_requests where hour < now() - interval '400 days'");
    });
}

} // namespace throughline
