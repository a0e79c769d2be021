#pragma once
#include "domain/record/kind.hpp"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace throughline {

/// What a cell of a table says about a field, as a body would hold it. Numbers lose their currency
/// and separators of thousands ("$1,200.50"), moments without an offset are UTC, choices of other
/// programs become ours, and text of one line loses its line breaks, unless `is_ours`: a cell of
/// our own export has what the field has. What cannot be read stays text, for the field to refuse.
[[nodiscard]] Json cell_value(const Field& field, const std::string& text, bool is_ours = false);

/// The items of a list: as our export writes it (a JSON array, or joined by ";"), or joined by ","
/// or line breaks.
[[nodiscard]] JsonArray list_in(std::string_view text);
/// Only of a JSON array of texts.
[[nodiscard]] std::optional<JsonArray> listed_texts(std::string_view text);

/// One line: what follows a line break stands after a blank.
[[nodiscard]] std::string one_line(std::string_view text);

/// The parts between any of these separators, trimmed, without empty ones.
[[nodiscard]] std::vector<std::string> parts_of(std::string_view text,
                                                std::initializer_list<std::string_view> separators);

/// The key of a choice by key, label or the word of another program: "Closed Won" is won.
[[nodiscard]] std::optional<std::string> choice_in(const Field& field, const std::string& text);

} // namespace throughline
