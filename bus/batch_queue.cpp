#include "bus/batch_queue.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_set>

namespace throughline {

namespace {

/// The ids of streams and commands seen so far. Two streams of different kinds that share an id
/// are taken for one, which costs a batch and nothing else.
class SeenIds {
  public:
    /// Notes what the command touches; false where another one touched it before.
    bool add(const Command& command) {
        bool fresh = !ids_.contains(command.id);
        for (const StreamWrite& write : command.writes)
            fresh = fresh && !ids_.contains(write.stream.id);
        ids_.insert(command.id);
        for (const StreamWrite& write : command.writes) ids_.insert(write.stream.id);
        return fresh;
    }

  private:
    std::unordered_set<Uuid> ids_;
};

} // namespace

std::vector<PendingCommand> BatchQueue::take(std::size_t most_commands, std::size_t most_bytes) {
    constexpr std::size_t look_ahead = 4; // batches, so that one busy stream costs no full scan
    std::vector<PendingCommand> batch;
    batch.reserve(std::min(most_commands, waiting_.size()));
    std::deque<PendingCommand> passed_over;
    SeenIds seen;
    std::size_t bytes = 0;
    for (std::size_t looked = 0;
         looked < look_ahead * most_commands && !waiting_.empty() && batch.size() < most_commands;
         ++looked) {
        PendingCommand& next = waiting_.front();
        const bool fresh = seen.add(next.command);
        if (fresh && !batch.empty() && bytes + next.bytes > most_bytes) break;
        if (fresh) {
            bytes += next.bytes;
            batch.push_back(std::move(next));
        } else {
            passed_over.push_back(std::move(next));
        }
        waiting_.pop_front();
    }
    waiting_.insert(waiting_.begin(), std::make_move_iterator(passed_over.begin()),
                    std::make_move_iterator(passed_over.end()));
    return batch;
}

std::vector<PendingCommand> BatchQueue::take_all() {
    std::vector<PendingCommand> all(std::make_move_iterator(waiting_.begin()),
                                    std::make_move_iterator(waiting_.end()));
    waiting_.clear();
    return all;
}

} // namespace throughline
