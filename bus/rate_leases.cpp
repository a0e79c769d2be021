#include "bus/rate_leases.hpp"

#include "bus/pg_text.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <numeric>
#include <tuple>

namespace throughline {

namespace {

/// Whole numbers travel exactly.
std::int64_t whole(double number) { return static_cast<std::int64_t>(number); }

/// Everybody locks in this order.
std::vector<std::size_t> in_order_of_locks(std::span<const RateWish> wishes) {
    std::vector<std::size_t> order(wishes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t at) {
        return std::tie(wishes[at].limit.name, wishes[at].whose);
    });
    return order;
}

} // namespace

std::vector<RateLease> RateLeases::take(std::span<const RateWish> wishes) {
    const auto order = in_order_of_locks(wishes);
    PgArray names;
    PgArray ids;
    PgArray quotas;
    PgArray windows;
    PgArray wanted;
    for (const std::size_t at : order) {
        const RateWish& wish = wishes[at];
        names.add(wish.limit.name);
        ids.add(wish.whose);
        quotas.add(whole(wish.limit.quota));
        windows.add(wish.limit.window.count());
        wanted.add(whole(wish.tokens));
    }
    std::vector<RateLease> leases(wishes.size());
    system_.read({}, [&](pqxx::transaction_base& tx) {
        const auto rows = tx.exec_params(
            "select l.granted, l.remaining from unnest($1::text[], $2::uuid[], $3::float8[], "
            "$4::float8[], $5::float8[]) w(name, id, quota, seconds, wanted) "
            "cross join lateral lease_tokens(name, id, quota, quota / seconds, wanted) l",
            names.text(), ids.text(), quotas.text(), windows.text(), wanted.text());
        for (std::size_t row = 0; row < order.size(); ++row)
            leases[order[row]] = {rows[row][0].as<double>(), rows[row][1].as<double>()};
    });
    return leases;
}

void RateLeases::sweep() {
    system_.read({}, [](pqxx::transaction_base& tx) {
        tx.exec0("delete from rate_buckets where full_at < now()");
    });
}

} // namespace throughline
