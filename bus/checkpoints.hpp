#pragma once
#include "bus/database.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace throughline {

/// How far each subscription has come. Thread-safe.
class Checkpoints {
  public:
    explicit Checkpoints(Database& system) : system_(system) {}
    [[nodiscard]] std::map<std::string, std::int64_t> all();
    [[nodiscard]] std::int64_t position(const std::string& name);
    /// Blocks until `name` has reached `position`; the position it stands at, which is lower when
    /// the time ran out. Polls every few milliseconds.
    [[nodiscard]] std::int64_t wait(const std::string& name, std::int64_t position,
                                    std::chrono::milliseconds limit);

  private:
    Database& system_;
};

} // namespace throughline
