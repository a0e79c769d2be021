#include "bus/checkpoints.hpp"

#include "bus/pg_text.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <thread>

namespace throughline {

namespace {
constexpr std::chrono::milliseconds longest_pause{32};
}

std::int64_t Checkpoints::position(const std::string& name) {
    std::int64_t position = 0;
    system_.read({}, [&](pqxx::transaction_base& transaction) {
        const auto rows =
            transaction.exec_params("select position from checkpoints where name = $1", name);
        position = rows.empty() ? 0 : rows[0][0].as<std::int64_t>();
    });
    return position;
}

std::vector<Lag> Checkpoints::lags(const std::vector<std::string>& names) {
    PgArray wanted;
    for (const std::string& name : names) wanted.add(name);
    std::vector<Lag> lags;
    system_.read({}, [&](pqxx::transaction_base& transaction) {
        lags.clear();
        // Where the clock stood ahead, the log's time waits for it; an event has the server's, too.
        const auto rows = transaction.exec_params(
            "select name, position, greatest(0, head - position),"
            " coalesce((select greatest(0, extract(epoch from clock_timestamp() -"
            " case when recorded_at > clock_timestamp() then ce_time else recorded_at end))"
            " from events e where e.position = c.position + 1), 0)::float8"
            " from (select n.name, coalesce(k.position, 0) as position, h.position as head"
            " from unnest($1::text[]) as n (name) left join checkpoints k using (name),"
            " log_head h) c",
            wanted.text());
        for (const auto& row : rows)
            lags.push_back({row[0].c_str(), row[1].as<std::int64_t>(), row[2].as<std::int64_t>(),
                            row[3].as<double>()});
    });
    return lags;
}

std::int64_t Checkpoints::wait(const std::string& name, std::int64_t wanted,
                               std::chrono::milliseconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    for (std::chrono::milliseconds pause{2};; pause = std::min(pause * 2, longest_pause)) {
        const std::int64_t reached = position(name);
        if (reached >= wanted || std::chrono::steady_clock::now() >= deadline) return reached;
        std::this_thread::sleep_for(pause);
    }
}

} // namespace throughline
