#include "bus/postgres_source.hpp"

#include "bus/event_rows.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <stdexcept>

namespace throughline {
namespace {

constexpr std::size_t max_batch_bytes = 8U << 20;
// Rows asked for at once: bounds the memory that a run of events of 2 MiB each can take.
constexpr std::size_t rows_at_once = 128;

} // namespace

PostgresSource::PostgresSource(std::string database_url, LogSignal& signal)
    : database_url_(std::move(database_url)), signal_(signal) {}

PostgresSource::~PostgresSource() = default;

std::vector<StoredEvent> PostgresSource::next(std::int64_t after, std::size_t limit,
                                              std::chrono::milliseconds wait) {
    if (signal_.wait_past(after, wait) <= after) return {};
    return read(after, limit);
}

std::vector<StoredEvent> PostgresSource::read(std::int64_t after, std::size_t limit) try {
    ensure_connection();
    pqxx::nontransaction transaction(*connection_);
    std::vector<StoredEvent> events;
    std::size_t bytes = 0;
    while (events.size() < limit && bytes < max_batch_bytes) {
        const std::size_t wanted = std::min(rows_at_once, limit - events.size());
        const std::int64_t last = events.empty() ? after : events.back().position;
        const auto rows = transaction.exec_prepared("after", last, wanted);
        for (const auto& row : rows) {
            StoredEvent event = read_event_row(row);
            const std::int64_t expected = events.empty() ? after + 1 : events.back().position + 1;
            if (event.position != expected)
                throw std::runtime_error("the log has a hole at position " +
                                         std::to_string(expected));
            bytes += event.data.size();
            events.push_back(std::move(event));
        }
        if (static_cast<std::size_t>(rows.size()) < wanted) break;
    }
    return events;
} catch (...) {
    connection_.reset();
    throw;
}

Uuid PostgresSource::log_id() try {
    ensure_connection();
    pqxx::nontransaction transaction(*connection_);
    return uuid_of(transaction.exec1("select log_id from log_head")[0].c_str());
} catch (...) {
    connection_.reset();
    throw;
}

void PostgresSource::ensure_connection() {
    if (connection_) return;
    connection_ = connect(database_url_, Role::system);
    connection_->prepare("after", std::string("select ").append(event_columns) +
                                      " from events where position > $1"
                                      " order by position limit $2");
}

} // namespace throughline
