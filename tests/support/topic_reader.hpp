#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace throughline {

struct TopicMessage {
    std::string key;
    std::string value;
    std::vector<std::pair<std::string, std::string>> headers;
    std::int64_t position = 0; // of its ce_sequence
};

/// Reads a topic from its beginning, as an outside subscriber would.
class TopicReader {
  public:
    TopicReader(const std::string& brokers, const std::string& topic);
    ~TopicReader();
    TopicReader(const TopicReader&) = delete;
    TopicReader& operator=(const TopicReader&) = delete;

    /// All messages by partition, in their order, once every position from `first` to `head` was
    /// among them; fewer where that takes over a minute.
    [[nodiscard]] const std::map<int, std::vector<TopicMessage>>&
    read_until(std::int64_t head, std::int64_t first = 1);

    /// So many messages, whatever they are, in the order of their partitions; fewer where that
    /// takes over a minute.
    [[nodiscard]] std::vector<TopicMessage> read(std::size_t messages);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Deletes a topic that exists.
void delete_topic(const std::string& brokers, const std::string& topic);

/// What must hold of a topic: every position from `first` to `head` and none after, first
/// appearances in log order in each partition, keys that keep a stream in one partition.
void check_topic(const std::map<int, std::vector<TopicMessage>>& partitions, std::int64_t head,
                 std::int64_t first = 1);

} // namespace throughline
