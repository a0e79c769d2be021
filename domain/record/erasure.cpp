#include "domain/record/erasure.hpp"

#include "domain/record/value.hpp"

#include <algorithm>

namespace throughline {

JsonObject blanks_of(const Kind& kind) {
    JsonObject blanks;
    for (const Field& field : kind.fields)
        if (field.is_personal)
            blanks.append(field.name, field.is_required ? Json(erased_text) : empty_value(field));
    return blanks;
}

bool can_be_erased(const Kind& kind) {
    return std::ranges::any_of(
        kind.fields, [](const Field& field) { return field.is_personal || field.may_be_personal; });
}

JsonObject blanked(const JsonObject& data, const JsonObject& blanks) {
    JsonObject out;
    for (const auto& [name, value] : data) {
        const Json* const blank = blanks.find(name);
        const bool is_side = (name == "before" || name == "after") && value.object() != nullptr;
        if (blank != nullptr)
            out.append(name, *blank);
        else
            out.append(name, is_side ? Json(blanked(*value.object(), blanks)) : value);
    }
    return out;
}

bool is_erasure(std::string_view event_type) { return event_type.ends_with(".erased"); }

} // namespace throughline
