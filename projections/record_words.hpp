#pragma once
#include "domain/record/kind.hpp"

#include <string>
#include <vector>

namespace throughline {

/// The distinct words by which a record is found: those of its searchable fields and the texts
/// of its metadata, search_folded. A phone number is found by its digits in one run, too.
[[nodiscard]] std::vector<std::string> record_words(const Kind& kind, const JsonObject& fields);

} // namespace throughline
