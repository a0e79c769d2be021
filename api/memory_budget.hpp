#pragma once
#include <cstddef>

namespace throughline {

/// A bound on what many hold together. One thread's.
class MemoryBudget {
  public:
    explicit MemoryBudget(std::size_t limit) : left_(limit) {}

    /// What one of them holds, given back at the end of its scope.
    class Share {
      public:
        explicit Share(MemoryBudget& budget) : budget_(budget) {}
        ~Share() { budget_.left_ += held_; }
        Share(const Share&) = delete;
        Share& operator=(const Share&) = delete;

        /// False, and nothing changes, where there is no room for so much.
        [[nodiscard]] bool grow_to(std::size_t bytes) {
            if (bytes <= held_) return true;
            if (bytes - held_ > budget_.left_) return false;
            budget_.left_ -= bytes - held_;
            held_ = bytes;
            return true;
        }

      private:
        MemoryBudget& budget_;
        std::size_t held_ = 0;
    };

  private:
    std::size_t left_;
};

} // namespace throughline
