#include "projections/pending_words.hpp"

#include "bus/database.hpp"
#include "bus/log_signal.hpp"
#include "bus/prepared.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <utility>

namespace throughline {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto follows_within = 1s;
constexpr auto look_every = 10s;

} // namespace

void PendingWords::merge() {
    const std::int64_t head = signal_.head();
    const auto time = Clock::now();
    if (std::exchange(head_, head) != head) busy_until_ = time + follows_within;
    if (time >= std::max(busy_until_, next_look_))
        next_look_ = time + look_every;
    else if (time >= busy_until_)
        return;
    system_.read({}, [this](pqxx::transaction_base& transaction) {
        const auto merged =
            exec_prepared(transaction, "merge_pending_words", "select merge_pending_words()");
        if (merged[0][0].as<std::int64_t>() > 0) busy_until_ = Clock::now() + follows_within;
    });
}

} // namespace throughline
