#pragma once
#include "domain/id.hpp"

#include <functional>
#include <string>

namespace throughline {

/// What went wrong with single rules in a pass over many: one that has a fault keeps no other from
/// its turn.
class RuleFaults {
  public:
    /// Throws what `step` throws where no other rule would fare better: the connection is lost, or
    /// the log takes nothing.
    void try_with(const Uuid& rule, const std::function<void()>& step);
    /// At the end of the pass: throws where there was a fault, naming the first rule that had one.
    void raise() const;

  private:
    std::string first_;
    int count_ = 0;
};

} // namespace throughline
