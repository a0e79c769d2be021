#include "bus/postgres_source.hpp"

#include "bus/event_rows.hpp"

#include <pqxx/pqxx>

#include <stdexcept>

namespace throughline {

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
    for (const auto& row : transaction.exec_prepared("after", after, limit)) {
        StoredEvent event = read_event_row(row);
        const std::int64_t expected = events.empty() ? after + 1 : events.back().position + 1;
        if (event.position != expected)
            throw std::runtime_error("the log has a hole at position " + std::to_string(expected));
        events.push_back(std::move(event));
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
    connection_->prepare("after",
                         select_page("position > $1", "$2", std::to_string(most_source_bytes)));
}

} // namespace throughline
