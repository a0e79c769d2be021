#pragma once
#include "domain/id.hpp"

#include <cstddef>
#include <map>

namespace throughline {

/// A bound on what many hold together, and on each holder's part of that. One thread's.
class MemoryBudget {
  public:
    /// A holder has at most one of so many equal parts, or a single share that is larger.
    MemoryBudget(std::size_t limit, std::size_t parts) : left_(limit), part_(limit / parts) {}

    /// What is held for one purpose, given back at the end of its scope.
    class Share {
      public:
        explicit Share(MemoryBudget& budget) : budget_(budget) {}
        ~Share() {
            if (bytes_ != 0) budget_.give_back(holder_, bytes_);
        }
        Share(const Share&) = delete;
        Share& operator=(const Share&) = delete;

        /// False, and nothing changes, where there is no room for so much. The holder is the same
        /// each time.
        [[nodiscard]] bool grow_to(const Uuid& holder, std::size_t bytes) {
            if (bytes <= bytes_) return true;
            if (!budget_.take(holder, bytes_, bytes - bytes_)) return false;
            holder_ = holder;
            bytes_ = bytes;
            return true;
        }

      private:
        MemoryBudget& budget_;
        Uuid holder_{};
        std::size_t bytes_ = 0;
    };

  private:
    bool take(const Uuid& holder, std::size_t of_this, std::size_t more) {
        if (more > left_) return false;
        std::size_t& held = held_[holder];
        if (held != of_this && held + more > part_) return false;
        left_ -= more;
        held += more;
        return true;
    }
    void give_back(const Uuid& holder, std::size_t bytes) {
        left_ += bytes;
        const auto held = held_.find(holder);
        if ((held->second -= bytes) == 0) held_.erase(held);
    }

    std::size_t left_;
    const std::size_t part_;
    std::map<Uuid, std::size_t> held_; // of those who hold something
};

} // namespace throughline
