#pragma once
#include "bus/database.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace throughline {

/// What a consumer has not done yet.
struct Lag {
    std::string name;
    std::int64_t position = 0; // of its checkpoint; 0 where it has none yet
    std::int64_t events = 0;
    double seconds = 0; // the age of the oldest of them
};

/// How far each subscription has come. Thread-safe; blocks on the database.
class Checkpoints {
  public:
    explicit Checkpoints(Database& system) : system_(system) {}
    /// 0 where it has none yet.
    [[nodiscard]] std::int64_t position(const std::string& name);
    /// Of each of these names, whoever leads them.
    [[nodiscard]] std::vector<Lag> lags(const std::vector<std::string>& names);
    /// Blocks until `name` has reached `position`; the position it stands at, which is lower when
    /// the time ran out. Polls every few milliseconds.
    [[nodiscard]] std::int64_t wait(const std::string& name, std::int64_t position,
                                    std::chrono::milliseconds limit);

  private:
    Database& system_;
};

} // namespace throughline
