#pragma once
#include "domain/record/kind.hpp"

#include <cstddef>
#include <random>
#include <string>
#include <vector>

namespace throughline {

/// Makes bodies that a kind's declaration takes, the same for the same seed.
class RandomRecords {
  public:
    explicit RandomRecords(unsigned seed) : random_(seed) {}

    [[nodiscard]] std::size_t below(std::size_t n) { return random_() % n; }
    /// A body of a create, with all that is required; `ids` of records by kind may be referred to.
    [[nodiscard]] JsonObject body(const Kind& kind,
                                  const std::vector<std::pair<std::string, std::string>>& ids);
    /// A body of an update: some fields, some of them cleared.
    [[nodiscard]] JsonObject change(const Kind& kind,
                                    const std::vector<std::pair<std::string, std::string>>& ids);

  private:
    [[nodiscard]] Json value(const Field& field,
                             const std::vector<std::pair<std::string, std::string>>& ids);
    [[nodiscard]] std::string words();

    std::mt19937 random_;
};

} // namespace throughline
