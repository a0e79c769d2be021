#pragma once
#include <algorithm>
#include <cstddef>

namespace throughline {

/// How many rows to read at once, by what the last ones weighed. Used by one thread at a time.
class PageSize {
  public:
    static constexpr std::size_t least = 4;

    PageSize(std::size_t first, std::size_t most) : rows_(first), most_(most) {}

    [[nodiscard]] std::size_t rows() const { return rows_; }
    /// `bytes` is what such a page weighed, `wanted` what one should weigh at most.
    void fit(std::size_t bytes, std::size_t wanted) {
        if (bytes >= wanted)
            rows_ = std::max(rows_ / 4, least);
        else if (bytes < wanted / 4)
            rows_ = std::min(rows_ * 4, most_);
    }

  private:
    std::size_t rows_;
    std::size_t most_;
};

} // namespace throughline
