#include "handlers/automation/queues.hpp"

#include "bus/pg_text.hpp"
#include "bus/prepared.hpp"
#include "domain/rules/actions.hpp"

#include <fmt/format.h>
#include <pqxx/pqxx>
#include <spdlog/spdlog.h>

#include <charconv>

namespace throughline {

namespace {

/// Makes the queue where it is not there and the tenant may have one more.
void open_queue(pqxx::transaction_base& transaction, const QueuedMessage& message) {
    transaction.exec_params0("insert into queues (tenant_id, name) select $1, $2 where (select "
                             "count(*) from queues where tenant_id = $1) < $3 "
                             "on conflict do nothing",
                             to_string(message.tenant), message.queue, max_queues);
}

/// False where there is no such queue. A message that is known is left as it is.
bool add_message(pqxx::transaction_base& transaction, const QueuedMessage& message,
                 const std::string& payload) {
    return exec_prepared(
               transaction, "add_message",
               "with queue as (select from queues where tenant_id = $2 and name = $3), "
               "added as (insert into queue_messages (id, tenant_id, queue, payload, "
               "subject_kind, subject_id) select $1::uuid, $2, $3, $4::json, nullif($5, ''), "
               "nullif($6, '')::uuid from queue on conflict (id) do nothing) "
               "select count(*) from queue",
               to_string(message.id), to_string(message.tenant), message.queue, payload,
               message.subject ? message.subject->kind : "",
               message.subject ? to_string(message.subject->id) : "")[0][0]
               .as<int>() == 1;
}

/// What is told of a message, with `message_of` in the same order.
constexpr const char* columns =
    "id, payload, attempts, (extract(epoch from enqueued_at) * 1000000)::bigint, "
    "(extract(epoch from lease_until) * 1000000)::bigint";

LeasedMessage message_of(const pqxx::row& row) {
    return {uuid_of(text_of(row[0])), std::string(text_of(row[1])), row[2].as<int>(),
            time_of(row[3]), time_of(row[4])};
}

/// Ids and leases of receipts as parameters; a lease of 0 is whichever there is.
struct Given {
    PgArray ids;
    PgArray leases;

    explicit Given(const std::vector<Receipt>& receipts) {
        for (const Receipt& receipt : receipts) {
            ids.add(receipt.id);
            leases.add(receipt.attempts.value_or(0));
        }
    }
};

} // namespace

std::string queue_topic(const Uuid& tenant, std::string_view name) {
    return fmt::format("throughline.queue.{}.{}", to_string(tenant), name);
}

std::string receipt_text(const LeasedMessage& message) {
    return fmt::format("{}.{}", to_string(message.id), message.attempts);
}

std::optional<Receipt> read_receipt(std::string_view text) {
    const auto dot = text.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const auto id = parse_uuid(text.substr(0, dot));
    int attempts = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + dot + 1, end, attempts);
    if (!id || read.ec != std::errc{} || read.ptr != end || attempts < 1) return std::nullopt;
    return Receipt{*id, attempts};
}

Result<void> Queues::enqueue(const QueuedMessage& message) {
    if (!rules::is_queue_name(message.queue))
        return invalid({{"/queue", "invalid_format",
                         "A queue is named by at most 100 letters, digits, dots, dashes and "
                         "underscores."}});
    const std::string payload = to_text(message.payload);
    bool is_there = false;
    // Each statement is whole by itself, and may come twice.
    system_.read(message.tenant, [&](pqxx::transaction_base& transaction) {
        is_there = add_message(transaction, message, payload);
        if (is_there) return;
        open_queue(transaction, message);
        is_there = add_message(transaction, message, payload);
    });
    if (!is_there)
        return invalid(
            {{"/queue", "too_large", fmt::format("A tenant has at most {} queues.", max_queues)}});
    if (topics_ != nullptr)
        topics_->publish({queue_topic(message.tenant, message.queue), to_string(message.id),
                          payload, to_string(message.id)});
    return {};
}

std::vector<LeasedMessage> Queues::lease(const Uuid& tenant, const std::string& queue,
                                         std::int64_t max, std::chrono::seconds time) {
    std::vector<LeasedMessage> leased;
    app_.write(tenant, [&](pqxx::transaction_base& transaction) {
        for (const pqxx::row& row : transaction.exec_params(
                 "with free as (select id from queue_messages where tenant_id = $1 and queue = $2 "
                 "and done_at is null and coalesce(lease_until <= clock_timestamp(), true) "
                 "order by number limit $3 for update skip locked), "
                 "taken as (update queue_messages m set attempts = m.attempts + 1, "
                 "lease_until = clock_timestamp() + $4 * interval '1 second' "
                 "from free where m.id = free.id returning m.*) "
                 "select " +
                     std::string(columns) + " from taken order by number",
                 to_string(tenant), queue, max, static_cast<std::int64_t>(time.count())))
            leased.push_back(message_of(row));
    });
    return leased;
}

std::vector<LeasedMessage> Queues::leased(const Uuid& tenant, const std::string& queue,
                                          const std::vector<Receipt>& receipts) {
    const Given given(receipts);
    std::vector<LeasedMessage> leased;
    app_.read(tenant, [&](pqxx::transaction_base& transaction) {
        leased.clear();
        for (const pqxx::row& row : transaction.exec_params(
                 "select " + std::string(columns) +
                     " from queue_messages where tenant_id = $1 and queue = $2 and done_at is null "
                     "and lease_until > clock_timestamp() and (id, attempts) in "
                     "(select * from unnest($3::uuid[], $4::int[])) order by number",
                 to_string(tenant), queue, given.ids.text(), given.leases.text()))
            leased.push_back(message_of(row));
    });
    return leased;
}

std::set<Receipt> Queues::acknowledge(const Uuid& tenant, const std::string& queue,
                                      const std::vector<Receipt>& receipts) {
    const Given given(receipts);
    std::set<Receipt> done;
    app_.write(tenant, [&](pqxx::transaction_base& transaction) {
        transaction.exec_params(
            "update queue_messages m set done_at = clock_timestamp(), payload = null "
            "from unnest($3::uuid[], $4::int[]) as given (id, attempts) "
            "where m.id = given.id and m.tenant_id = $1 and m.queue = $2 and m.done_at is null "
            "and given.attempts in (0, m.attempts) and m.lease_until > clock_timestamp()",
            to_string(tenant), queue, given.ids.text(), given.leases.text());
        for (const pqxx::row& row : transaction.exec_params(
                 "select given.id, given.attempts from queue_messages m "
                 "join unnest($3::uuid[], $4::int[]) as given (id, attempts) on m.id = given.id "
                 "where m.tenant_id = $1 and m.queue = $2 and m.done_at is not null "
                 "and given.attempts in (0, m.attempts)",
                 to_string(tenant), queue, given.ids.text(), given.leases.text())) {
            const int attempts = row[1].as<int>();
            done.insert(
                {uuid_of(text_of(row[0])), attempts == 0 ? std::nullopt : std::optional(attempts)});
        }
    });
    return done;
}

void Queues::sweep() {
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        transaction.exec("delete from queue_messages where done_at < clock_timestamp() - "
                         "interval '7 days'");
        const auto waited = transaction.exec_params(
            "delete from queue_messages where done_at is null and enqueued_at < clock_timestamp() "
            "- $1 * interval '1 millisecond'",
            static_cast<std::int64_t>(kept_.count()));
        if (waited.affected_rows() > 0)
            spdlog::warn("{} messages of queues were never acknowledged, and are removed",
                         waited.affected_rows());
    });
}

} // namespace throughline
