#include "projections/pending_words.hpp"

#include "bus/database.hpp"
#include "bus/log_signal.hpp"
#include "bus/prepared.hpp"

#include <pqxx/pqxx>

#include <utility>

namespace throughline {

void PendingWords::merge() {
    const std::int64_t head = signal_.head();
    // Read models follow the log: where some was found, more may come though nothing is appended.
    if (std::exchange(head_, head) == head && !std::exchange(found_some_, false)) return;
    system_.read({}, [this](pqxx::transaction_base& transaction) {
        const auto merged =
            exec_prepared(transaction, "merge_pending_words", "select merge_pending_words()");
        found_some_ = merged[0][0].as<std::int64_t>() > 0;
    });
}

} // namespace throughline
