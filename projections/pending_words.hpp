#pragma once
#include <cstdint>

namespace throughline {

class Database;
class LogSignal;

/// Merges what was inserted into the read models' indexes of words beside those who insert, who
/// would stand still for it (PostgreSQL's "GIN Fast Update Technique"). Of one thread; blocks on
/// the database, and asks it nothing while nothing happens.
class PendingWords {
  public:
    PendingWords(Database& system, const LogSignal& signal) : system_(system), signal_(signal) {}
    void merge();

  private:
    Database& system_;
    const LogSignal& signal_;
    std::int64_t head_ = 0; // of the log, when it was looked last
    bool found_some_ = true;
};

} // namespace throughline
