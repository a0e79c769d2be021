#pragma once
#include "domain/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace throughline::fuzz {

/// What is done with each input. A file a target, which names itself by a constant of this type;
/// a fuzzer holds one target, the unit tests replay the corpora of all.
struct Target {
    using Run = void (*)(std::string_view input);
    Target(std::string_view name, Run run);

    std::string_view name;
    Run run;
};
[[nodiscard]] const std::vector<Target>& targets();

/// A property that holds for every input. Throws std::logic_error, which no target catches.
void demand(bool holds, const std::string& property);

/// The codes are the API's, there are not too many, and the pointers are such.
void demand_lawful(const std::vector<FieldError>& errors);
void demand_lawful(const Rejection& rejection);

/// The value's text reads as the value.
void demand_readable(const Json& value);

/// Takes an input apart from its front.
class Input {
  public:
    explicit Input(std::string_view rest) : rest_(rest) {}

    /// The first byte as a choice among `count`, "0" the first; 0 where nothing is left.
    [[nodiscard]] std::size_t choice(std::size_t count);
    /// Up to the next line feed, which is passed; nothing at the end.
    [[nodiscard]] std::optional<std::string_view> line();
    [[nodiscard]] std::string_view rest() const { return rest_; }

  private:
    std::string_view rest_;
};

} // namespace throughline::fuzz
