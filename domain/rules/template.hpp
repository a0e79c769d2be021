#pragma once
#include "domain/result.hpp"
#include "domain/time.hpp"

#include <string>
#include <vector>

namespace date {
class time_zone;
}

namespace throughline::rules {

/// Where a rendered text goes: what a value must not break out of. Values are escaped, the text
/// around them is not.
enum class Target {
    plain,
    html,   // an element's or attribute's text
    header, // one line: control characters become spaces
    url,    // a part of a path or query: percent-encoded, but for what the whole text begins with
    json,   // inside the quotes of a JSON string; outside of them what `json` gives is as it is
};

/// What templates see. The time is the event's, so that a rule says the same whenever it runs.
struct TemplateContext {
    const Json& data;
    Time now;
    const date::time_zone& zone; // the tenant's
};

/// A path that led nowhere, or what else is hardly meant.
struct TemplateWarning {
    std::string pointer; // of the text
    std::string detail;
    bool operator==(const TemplateWarning&) const = default;
};

/// One text is at most this long when it is rendered; what is more is cut off, with a warning.
inline constexpr std::size_t max_rendered_bytes = 256 * 1024;
/// And so are the texts and values that templates in one value give together: what follows is null.
inline constexpr std::size_t max_rendered_in_all = 1024 * 1024;

/// What is wrong with the templates in a value's texts, at any depth; places below `pointer`.
///
/// `{{contact.name}}` is the value at a path, `{{actions.0.id}}` an item's. `{{now}}` is a time,
/// `{{today}}` and `{{date_add_days:7}}` dates in the tenant's zone. Helpers stand behind a bar,
/// with their argument behind a colon: or:path (what is there, where there is nothing), upper,
/// lower, capitalize, trim, default:text, truncate:40, date (date:DD.MM.YYYY HH:mm), number:2,
/// money:EUR, join:text, length, json.
[[nodiscard]] std::vector<FieldError> template_faults(const Json& value, std::string_view pointer);

/// Renders the texts in a value, at any depth. A text that is one template and no more keeps the
/// value's type; a path that leads nowhere is empty (null where it is all) and a warning.
[[nodiscard]] Json render(const Json& value, const TemplateContext& context, Target target,
                          std::string_view pointer, std::vector<TemplateWarning>& warnings);

/// A value as it stands in a text for a target.
[[nodiscard]] std::string escaped(std::string_view text, Target target);

} // namespace throughline::rules
