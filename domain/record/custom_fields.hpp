#pragma once
#include "domain/record/kind.hpp"

namespace throughline {

/// What a tenant adds to the declaration of one kind: `kind`, and `fields`, a list of
/// {"key", "label", "type", "required", "choices", "target", "retired"}. One stream a tenant and
/// kind.
[[nodiscard]] Kind custom_fields_kind();

/// One definition, checked and completed: a `key` of a-z, 0-9 and `_`; a `label`; a `type` (text,
/// number, decimal, date, choice, multi_choice, reference, boolean or url); whether it is required;
/// the `choices` of a choice; the `target`, a kind or user, of a reference: given by any of
/// the kind's names, kept as its first. A key that is one of the kind's own fields extends the
/// choices of that field, and is of its type.
[[nodiscard]] Result<JsonObject> check_custom_field(const Registry& registry, const Kind& kind,
                                                    const Json& body);

/// `after` as it is kept in the place of `before`: with the choices that it had and has no more.
[[nodiscard]] JsonObject with_retired_choices(const JsonObject& before, JsonObject after);
/// What is kept of a definition that gave choices to a field of the kind's own and is removed: the
/// choices, as such that it had.
[[nodiscard]] JsonObject removed_extension(const JsonObject& definition);
[[nodiscard]] bool is_removed(const JsonObject& definition);
/// The definition without them, as it is shown and changed.
[[nodiscard]] JsonObject without_retired_choices(JsonObject definition);

/// The kind as a tenant has it: `custom` fields in its metadata, and more choices.
[[nodiscard]] Kind with_custom_fields(Kind kind, const JsonArray& definitions);

/// The types that a custom field can have.
[[nodiscard]] std::vector<std::string> custom_field_types();

} // namespace throughline
