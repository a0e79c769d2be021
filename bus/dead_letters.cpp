#include "bus/dead_letters.hpp"

#include "bus/held_streams.hpp"
#include "bus/pg_text.hpp"
#include "bus/release_rows.hpp"

#include <pqxx/pqxx>

namespace throughline {

namespace {

// The first event of each held stream: the one that failed.
constexpr const char* failed =
    "(select distinct on (consumer, tenant_id, kind, stream_id) * from dead_letters"
    " where ($1 = '' or consumer = $1)"
    " order by consumer, tenant_id, kind, stream_id, position)";

DeadLetter read_dead_letter(const pqxx::row& row) {
    DeadLetter letter;
    letter.consumer = text_of(row[0]);
    letter.position = row[1].as<std::int64_t>();
    letter.type = text_of(row[2]);
    letter.tenant = uuid_of(text_of(row[3]));
    letter.stream = {std::string(text_of(row[4])), uuid_of(text_of(row[5]))};
    letter.cause = text_of(row[6]);
    letter.since = time_of(row[7]);
    letter.held = row[8].as<std::int64_t>();
    letter.asked = row[9].as<bool>();
    return letter;
}

} // namespace

std::vector<DeadLetter> DeadLetters::list(const std::string& consumer) {
    std::vector<DeadLetter> letters;
    system_.read({}, [&](pqxx::transaction_base& transaction) {
        letters.clear();
        const std::string statement =
            std::string(
                "select f.consumer, f.position, coalesce(e.type, ''), f.tenant_id, f.kind,"
                " f.stream_id, f.cause, (extract(epoch from f.failed_at) * 1000000)::bigint,"
                " (select count(*) - 1 from dead_letters d where (d.consumer, d.tenant_id,"
                " d.kind, d.stream_id) = (f.consumer, f.tenant_id, f.kind, f.stream_id)),"
                " exists (select from dead_letter_requests r where r.consumer = f.consumer"
                " and r.position = f.position and r.done_at is null) from ") +
            failed +
            " f left join events e on e.position = f.position"
            " order by f.consumer, f.position";
        for (const auto& row : transaction.exec_params(statement, consumer))
            letters.push_back(read_dead_letter(row));
    });
    return letters;
}

std::map<std::string, HeldEvents> DeadLetters::held() {
    std::map<std::string, HeldEvents> held;
    system_.read({}, [&](pqxx::transaction_base& transaction) {
        held.clear();
        for (const auto& row : transaction.exec(
                 "select consumer, kind, stream_id, position, events, streams from (select *,"
                 " (sum(n) over w)::bigint as events, count(*) over w as streams,"
                 " row_number() over (partition by consumer order by position) as place from"
                 " (select consumer, kind, stream_id, min(position) as position, count(*) as n"
                 " from dead_letters group by consumer, tenant_id, kind, stream_id) s"
                 " window w as (partition by consumer)) t where place = 1"))
            held[row[0].c_str()] = {row[4].as<std::int64_t>(),
                                    held_text(row[3].as<std::int64_t>(),
                                              {row[1].c_str(), uuid_of(row[2].c_str())},
                                              row[5].as<std::size_t>())};
    });
    return held;
}

std::vector<std::int64_t> DeadLetters::ask(const ReleaseOrder& order) {
    std::vector<std::int64_t> ids;
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        const std::string statement =
            std::string("insert into dead_letter_requests (consumer, position, tenant_id, kind,"
                        " stream_id, action, reason, cause, requested_by)"
                        " select consumer, position, tenant_id, kind, stream_id, $2, $3, cause, $4"
                        " from ") +
            failed + " f where $5::bigint is null or position = $5 order by position returning id";
        for (const auto& row : transaction.exec_params(
                 statement, order.consumer, name_of(order.action), order.reason, order.by,
                 order.position ? std::to_string(*order.position).c_str() : nullptr))
            ids.push_back(row[0].as<std::int64_t>());
    });
    return ids;
}

std::vector<ReleaseRequest> DeadLetters::requests(const std::string& consumer, std::int64_t first) {
    std::vector<ReleaseRequest> requests;
    system_.read({}, [&](pqxx::transaction_base& transaction) {
        requests.clear();
        for (const auto& row : transaction.exec_params(
                 std::string("select ") + request_columns +
                     " from dead_letter_requests where ($1 = '' or consumer = $1) and id >= $2"
                     " order by id",
                 consumer, first))
            requests.push_back(read_request_row(row));
    });
    return requests;
}

} // namespace throughline
