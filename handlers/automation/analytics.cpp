#include "handlers/automation/analytics.hpp"

#include "bus/pg_text.hpp"

#include <pqxx/pqxx>

namespace throughline {

namespace {

const std::string columns =
    "id, event, properties, rule_id, coalesce(subject_kind, ''), subject_id, number, "
    "(extract(epoch from created_at) * 1000000)::bigint";

/// Of a tenant, a name and a time.
const std::string rows = " from analytics_events where tenant_id = $1 and ($2 = '' or event = $2) "
                         "and created_at >= 'epoch'::timestamptz + $3 * interval '1 microsecond' "
                         "and created_at < 'epoch'::timestamptz + $4 * interval '1 microsecond'";

AnalyticsEvent event_of(const pqxx::row& row) {
    AnalyticsEvent read;
    read.id = uuid_of(text_of(row[0]));
    read.event = text_of(row[1]);
    read.properties = parse_json(text_of(row[2]));
    read.rule = uuid_of(text_of(row[3]));
    if (!row[5].is_null())
        read.subject = StreamKey{std::string(text_of(row[4])), uuid_of(text_of(row[5]))};
    read.number = row[6].as<std::int64_t>();
    read.created_at = time_of(row[7]);
    return read;
}

std::string message_of(const AnalyticsEvent& event) {
    const auto& subject = event.subject;
    return to_text(JsonObject{
        {"id", to_string(event.id)},
        {"tenant_id", to_string(event.tenant)},
        {"event", event.event},
        {"properties", event.properties},
        {"rule_id", to_string(event.rule)},
        {"subject", subject ? Json(subject->kind + '/' + to_string(subject->id)) : Json()}});
}

std::int64_t microseconds(Time time) { return time.time_since_epoch().count(); }

} // namespace

void Analytics::track(const AnalyticsEvent& event) {
    const auto& subject = event.subject;
    system_.write(event.tenant, [&](pqxx::transaction_base& transaction) {
        transaction.exec_params(
            "insert into analytics_events (id, tenant_id, event, properties, rule_id, "
            "subject_kind, subject_id) values ($1, $2, $3, $4, $5, nullif($6, ''), "
            "nullif($7, '')::uuid) on conflict (id) do nothing",
            to_string(event.id), to_string(event.tenant), event.event, to_text(event.properties),
            to_string(event.rule), subject ? subject->kind : "",
            subject ? to_string(subject->id) : "");
    });
    if (topics_ != nullptr)
        topics_->publish(
            {analytics_topic, to_string(event.tenant), message_of(event), to_string(event.id)});
}

std::vector<AnalyticsEvent> Analytics::list(const Uuid& tenant, const Page& page) {
    const std::string sql = "select " + columns + rows +
                            " and (created_at, number) < "
                            "('epoch'::timestamptz + $5 * interval '1 microsecond', $6::bigint) "
                            "order by created_at desc, number desc limit $7";
    const auto before = page.before.value_or(std::pair{page.to, std::int64_t{0}});
    std::vector<AnalyticsEvent> found;
    app_.read(tenant, [&](pqxx::transaction_base& transaction) {
        found.clear();
        for (const pqxx::row& row : transaction.exec_params(
                 sql, to_string(tenant), page.event.value_or(""), microseconds(page.from),
                 microseconds(page.to), microseconds(before.first), before.second, page.limit))
            found.push_back(event_of(row));
    });
    return found;
}

std::int64_t Analytics::count(const Uuid& tenant, const Page& page, std::int64_t most) {
    const std::string sql = "select count(*) from (select" + rows + " limit $5) as counted";
    std::int64_t count = 0;
    app_.read(tenant, [&](pqxx::transaction_base& transaction) {
        count = transaction
                    .exec_params1(sql, to_string(tenant), page.event.value_or(""),
                                  microseconds(page.from), microseconds(page.to), most)[0]
                    .as<std::int64_t>();
    });
    return count;
}

} // namespace throughline
