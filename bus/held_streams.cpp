#include "bus/held_streams.hpp"

#include <pqxx/pqxx>

#include <algorithm>

namespace throughline {

void HeldStreams::load(pqxx::transaction_base& transaction, const std::string& consumer) {
    first_failed_.clear();
    const auto rows = transaction.exec_params(
        "select tenant_id, kind, stream_id, min(position) from dead_letters where consumer = $1"
        " group by tenant_id, kind, stream_id",
        consumer);
    for (const auto& row : rows)
        first_failed_[{uuid_of(row[0].c_str()), row[1].c_str(), uuid_of(row[2].c_str())}] =
            row[3].as<std::int64_t>();
}

bool HeldStreams::holds(const StoredEvent& event) const {
    return !first_failed_.empty() &&
           first_failed_.contains({event.tenant, event.stream.kind, event.stream.id});
}

void HeldStreams::hold(const StoredEvent& event) {
    first_failed_.insert_or_assign(Stream{event.tenant, event.stream.kind, event.stream.id},
                                   event.position);
}

bool HeldStreams::write_held(pqxx::transaction_base& transaction, const std::string& consumer,
                             const StoredEvent& event) const {
    const auto first = first_failed_.at({event.tenant, event.stream.kind, event.stream.id});
    const auto found = transaction.exec_params(
        "select from dead_letters where consumer = $1 and position = $2", consumer, first);
    if (found.empty()) return false;
    write_dead_letter(transaction, consumer, event, "held behind " + std::to_string(first));
    return true;
}

std::string HeldStreams::fault() const {
    if (first_failed_.empty()) return {};
    const auto& [stream, position] = *std::ranges::min_element(
        first_failed_, {}, [](const auto& entry) { return entry.second; });
    return held_text(position, {std::get<1>(stream), std::get<2>(stream)}, first_failed_.size());
}

std::string held_text(std::int64_t position, const StreamKey& stream, std::size_t streams) {
    return "event " + std::to_string(position) + " of " + stream.kind + '/' + to_string(stream.id) +
           " is a dead letter; streams held: " + std::to_string(streams);
}

void write_dead_letter(pqxx::transaction_base& transaction, const std::string& consumer,
                       const StoredEvent& event, const std::string& cause) {
    transaction.exec_params(
        "insert into dead_letters (consumer, position, tenant_id, kind, stream_id, cause)"
        " values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        consumer, event.position, to_string(event.tenant), event.stream.kind,
        to_string(event.stream.id), cause);
}

} // namespace throughline
