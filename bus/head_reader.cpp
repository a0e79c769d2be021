#include "bus/head_reader.hpp"

#include <iterator>
#include <stdexcept>

namespace throughline {

namespace {

constexpr std::size_t readers = 2; // one prepares while the other waits for the database
constexpr std::size_t most_at_once = 256;

} // namespace

HeadReader::HeadReader(EventStore& store) : store_(store) {
    for (std::size_t i = 0; i < readers; ++i) threads_.emplace_back([this] { run(); });
}

HeadReader::~HeadReader() { stop(); }

void HeadReader::stop() {
    std::deque<Asked> unread;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        unread.swap(waiting_);
    }
    changed_.notify_all();
    refuse(std::move(unread));
    for (std::thread& thread : threads_)
        if (thread.joinable()) thread.join();
}

void HeadReader::refuse(std::deque<Asked> asked) {
    const auto stopping = std::make_exception_ptr(std::runtime_error("the server is stopping"));
    for (Asked& one : asked) one.answer.fail(stopping);
}

Pending<StreamHead> HeadReader::head(const Uuid& tenant, StreamKey stream) {
    Promise<StreamHead> answer;
    const Pending<StreamHead> pending = answer.pending();
    {
        const std::lock_guard lock(mutex_);
        if (!stopping_) {
            waiting_.push_back({tenant, std::move(stream), std::move(answer)});
            changed_.notify_one();
            return pending;
        }
    }
    answer.fail(std::make_exception_ptr(std::runtime_error("the server is stopping")));
    return pending;
}

void HeadReader::run() {
    for (;;) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        auto asked = take();
        lock.unlock();
        answer(asked);
    }
}

/// What was asked of the tenant that waits longest.
std::vector<HeadReader::Asked> HeadReader::take() {
    const Uuid tenant = waiting_.front().tenant;
    std::vector<Asked> taken;
    std::deque<Asked> others;
    while (!waiting_.empty() && taken.size() < most_at_once) {
        Asked& next = waiting_.front();
        if (next.tenant == tenant)
            taken.push_back(std::move(next));
        else
            others.push_back(std::move(next));
        waiting_.pop_front();
    }
    waiting_.insert(waiting_.begin(), std::make_move_iterator(others.begin()),
                    std::make_move_iterator(others.end()));
    return taken;
}

void HeadReader::answer(std::vector<Asked>& asked) {
    std::vector<StreamKey> streams;
    streams.reserve(asked.size());
    for (const Asked& one : asked) streams.push_back(one.stream);
    std::vector<StreamHead> heads;
    try {
        heads = store_.heads(asked.front().tenant, streams);
    } catch (...) {
        for (Asked& one : asked) one.answer.fail(std::current_exception());
        return;
    }
    for (std::size_t i = 0; i < asked.size(); ++i) asked[i].answer.tell(std::move(heads.at(i)));
}

} // namespace throughline
