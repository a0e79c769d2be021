#pragma once
#include <chrono>
#include <cstdint>

namespace throughline {

class Database;
class LogSignal;

/// Merges what was inserted into the read models' indexes of words beside those who insert, who
/// would stand still for it (PostgreSQL's "GIN Fast Update Technique"). Of one thread; blocks on
/// the database, and asks it seldom while nothing happens.
class PendingWords {
  public:
    PendingWords(Database& system, const LogSignal& signal) : system_(system), signal_(signal) {}
    void merge();

  private:
    Database& system_;
    const LogSignal& signal_;
    std::int64_t head_ = 0; // of the log, when it was looked last
    // Read models follow the log: something may be pending until then.
    std::chrono::steady_clock::time_point busy_until_{};
    std::chrono::steady_clock::time_point next_look_{}; // while nothing happens
};

} // namespace throughline
