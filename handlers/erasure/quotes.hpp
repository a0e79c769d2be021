#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
} // namespace re2

namespace throughline {

/// What texts are searched for to find who quotes a person: their addresses and phone numbers.
/// Without case, and whole: not inside a longer address, number, word or id. A number of less than
/// seven digits is not searched for, as it stands for too much else. What JSON writes otherwise
/// (`\"`, `\\`) is searched for in both ways.
class Quotes {
  public:
    Quotes() = default; // nobody is quoted
    explicit Quotes(const std::vector<std::string>& addresses_and_numbers);
    /// Of names instead, each whole words: for texts of which something else says whose they are.
    [[nodiscard]] static Quotes of_names(const std::vector<std::string>& names);

    /// Whether a text, JSON or plain, quotes one of them.
    [[nodiscard]] bool are_in(std::string_view text) const;

    /// For statements, arrays of one length: the values, and patterns for `~*`.
    [[nodiscard]] std::string values() const;
    [[nodiscard]] std::string patterns() const;

  private:
    using PatternOf = std::string(std::string_view value);
    void add(const std::string& value, PatternOf& pattern);

    std::vector<std::string> values_;
    std::vector<std::shared_ptr<const re2::RE2>> patterns_;
};

/// The same as an SQL condition on an SQL text, with the parameters of the values and patterns.
[[nodiscard]] std::string quotes_one(std::string_view text, std::string_view values = "$2",
                                     std::string_view patterns = "$3");

} // namespace throughline
