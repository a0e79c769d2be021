#pragma once
#include <string>
#include <utility>
#include <vector>

namespace throughline {

/// The parameters of a statement, in order: `add` gives the placeholder, "$3".
class SqlParameters {
  public:
    [[nodiscard]] std::string add(std::string value) {
        values_.push_back(std::move(value));
        return "$" + std::to_string(values_.size());
    }
    [[nodiscard]] const std::vector<std::string>& values() const { return values_; }

  private:
    std::vector<std::string> values_;
};

} // namespace throughline
