#pragma once
#include "tests/support/load.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/topic_reader.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace throughline {

/// Stops the load and checks, once its fault is over, that the service is whole again by itself:
/// - every command has its answer, and every acknowledged one its event at the position that its
///   answer named;
/// - each key has one outcome: one event in the log, and the same answer once more;
/// - all servers become ready, without lag;
/// - `throughline verify` finds no fault: the log has no hole, read models equal the fold.
/// Answers the head of the log.
std::int64_t check_whole(std::vector<std::reference_wrapper<ServerProcess>> servers, Load& load);

/// And, with Kafka, that the topic has every event, first appearances in log order.
void check_whole(std::vector<std::reference_wrapper<ServerProcess>> servers, Load& load,
                 TopicReader& topic);

/// The last two of these, where no Load sent the commands.
void check_verified(const ServerProcess& server);

/// Whether /ready answers `ready`, and every subscription and the relay are at the log's head.
[[nodiscard]] bool is_whole(const std::string& url);

} // namespace throughline
