#pragma once
#include "domain/id.hpp"
#include "domain/json.hpp"
#include "domain/record/field.hpp"
#include "domain/result.hpp"

#include <optional>
#include <string>
#include <vector>

namespace throughline {

inline constexpr std::size_t max_metadata_bytes = 16 * 1024; // serialised
inline constexpr std::size_t max_tags = 100;
/// More faults than this help nobody; the rest of a body goes unreported.
inline constexpr std::size_t max_faults = 100;

void add_fault(std::vector<FieldError>& faults, std::string pointer, std::string code,
               std::string detail);

/// The ids that a reference holds, one or a list.
[[nodiscard]] std::vector<Uuid> ids_in(const Json& value);

/// What an unset field holds: [] for lists, {} for metadata, else null.
[[nodiscard]] Json empty_value(const Field& field);

/// The key of a choice given by its key or its label: "In progress" for in_progress.
[[nodiscard]] std::optional<std::string> choice_key(const Field& field, std::string_view written);

/// The value as it is kept: trimmed, tags distinct, a choice by its key, an id in lower case; an
/// empty text is null. Nothing when it was refused; `faults` then says why. Metadata comes back as
/// written: null or an object, which an update takes as a patch.
[[nodiscard]] std::optional<Json> normal_value(const Field& field, const Json& written,
                                               const std::string& pointer,
                                               std::vector<FieldError>& faults);

} // namespace throughline
