#include "handlers/notifications.hpp"

#include "bus/pg_text.hpp"

#include <fmt/format.h>
#include <limits>
#include <pqxx/pqxx>

namespace throughline {

namespace {

const std::string columns =
    "id, type, title, message, number, (extract(epoch from created_at) * 1000000)::bigint, "
    "(extract(epoch from read_at) * 1000000)::bigint";

Notification notification_of(const pqxx::row& row) {
    Notification read;
    read.id = uuid_of(text_of(row[0]));
    read.type = text_of(row[1]);
    read.title = text_of(row[2]);
    read.message = text_of(row[3]);
    read.number = row[4].as<std::int64_t>();
    read.created_at = time_of(row[5]);
    if (!row[6].is_null()) read.read_at = time_of(row[6]);
    return read;
}

} // namespace

void Notifications::add(const Notification& notification) {
    const auto& subject = notification.subject;
    system_.write(notification.tenant, [&](pqxx::transaction_base& transaction) {
        transaction.exec_params(
            "insert into notifications (id, tenant_id, user_id, type, title, message, "
            "subject_kind, subject_id) values ($1, $2, $3, $4, $5, $6, nullif($7, ''), "
            "nullif($8, '')::uuid) on conflict (id) do nothing",
            to_string(notification.id), to_string(notification.tenant),
            to_string(notification.user), notification.type, notification.title,
            notification.message, subject ? subject->kind : "",
            subject ? to_string(subject->id) : "");
    });
}

std::vector<Notification> Notifications::list(const Uuid& tenant, const Uuid& user,
                                              const Page& page) {
    const std::string sql =
        fmt::format("select {} from notifications where tenant_id = $1 and user_id = $2 "
                    "and number < $3 {} order by number desc limit $4",
                    columns, page.unread_only ? "and read_at is null" : "");
    std::vector<Notification> found;
    app_.read(tenant, [&](pqxx::transaction_base& transaction) {
        found.clear();
        for (const pqxx::row& row : transaction.exec_params(
                 sql, to_string(tenant), to_string(user),
                 page.before.value_or(std::numeric_limits<std::int64_t>::max()), page.limit))
            found.push_back(notification_of(row));
    });
    return found;
}

std::int64_t Notifications::count(const Uuid& tenant, const Uuid& user, bool unread_only,
                                  std::int64_t most) {
    const std::string sql =
        fmt::format("select count(*) from (select from notifications where tenant_id = $1 and "
                    "user_id = $2 {} limit $3) as counted",
                    unread_only ? "and read_at is null" : "");
    std::int64_t count = 0;
    app_.read(tenant, [&](pqxx::transaction_base& transaction) {
        count = transaction.exec_params1(sql, to_string(tenant), to_string(user), most)[0]
                    .as<std::int64_t>();
    });
    return count;
}

std::int64_t Notifications::count_unread(const Uuid& tenant, const Uuid& user) {
    std::int64_t count = 0;
    app_.read(tenant, [&](pqxx::transaction_base& transaction) {
        count = transaction
                    .exec_params1("select count(*) from notifications where tenant_id = $1 "
                                  "and user_id = $2 and read_at is null",
                                  to_string(tenant), to_string(user))[0]
                    .as<std::int64_t>();
    });
    return count;
}

std::optional<Notification> Notifications::mark_read(const Uuid& tenant, const Uuid& user,
                                                     const Uuid& id) {
    const std::string sql =
        "update notifications set read_at = coalesce(read_at, clock_timestamp()) "
        "where id = $3 and tenant_id = $1 and user_id = $2 returning " +
        columns;
    std::optional<Notification> marked;
    app_.write(tenant, [&](pqxx::transaction_base& transaction) {
        const pqxx::result rows =
            transaction.exec_params(sql, to_string(tenant), to_string(user), to_string(id));
        if (!rows.empty()) marked = notification_of(rows[0]);
    });
    return marked;
}

void Notifications::mark_all_read(const Uuid& tenant, const Uuid& user) {
    app_.write(tenant, [&](pqxx::transaction_base& transaction) {
        transaction.exec_params("update notifications set read_at = clock_timestamp() "
                                "where tenant_id = $1 and user_id = $2 and read_at is null",
                                to_string(tenant), to_string(user));
    });
}

} // namespace throughline
