#pragma once
#include "bus/event_store.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace throughline {

/// Head states of single streams, gathered: while one query is under way the next one's streams
/// come together, so a busy server reads many with one and an idle one waits for nothing. A query
/// is of one tenant, under its row-level security. Thread-safe.
class HeadReader {
  public:
    explicit HeadReader(EventStore& store);
    ~HeadReader(); // stops
    HeadReader(const HeadReader&) = delete;
    HeadReader& operator=(const HeadReader&) = delete;

    /// As `EventStore::heads`; never blocks. What that throws, the result throws.
    [[nodiscard]] Pending<StreamHead> head(const Uuid& tenant, StreamKey stream);
    /// Ends the query under way, tells those that wait that the database is out of reach, and takes
    /// nothing more. Idempotent.
    void stop();

  private:
    struct Asked {
        Uuid tenant;
        StreamKey stream;
        Promise<StreamHead> answer;
    };
    void run();
    [[nodiscard]] std::vector<Asked> take();
    void answer(std::vector<Asked>& asked);
    static void refuse(std::deque<Asked> asked);

    EventStore& store_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Asked> waiting_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

} // namespace throughline
