#include "domain/identity/user.hpp"

#include "domain/identity/roles.hpp"
#include "domain/record/change.hpp"

#include <algorithm>

namespace throughline {

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_letter_or_digit(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

} // namespace

Kind user_kind() {
    Kind kind{"user",
              "users",
              {text("name").required().personal(), email("email").required().personal(),
               choice("role", role_names()).required(), text("timezone").at_most(64),
               text("locale").at_most(35), flag("active").initially(true)}};
    kind.events = {"created", "updated", "password_changed"};
    return kind;
}

std::vector<std::string> role_names() {
    std::vector<std::string> names;
    for (const MemberRole& role : member_roles()) names.emplace_back(role.name);
    std::ranges::reverse(names);
    return names;
}

bool is_role(std::string_view text) { return level_of(text) > 0; }

bool is_locale(std::string_view text) {
    const auto dash = std::min(text.find('-'), text.size());
    const auto language = text.substr(0, dash);
    if (language.size() < 2 || language.size() > 3 ||
        !std::all_of(language.begin(), language.end(), is_letter))
        return false;
    for (auto rest = text.substr(dash); !rest.empty();) {
        rest.remove_prefix(1);
        const auto subtag = rest.substr(0, rest.find('-'));
        if (subtag.empty() || subtag.size() > 8 ||
            !std::all_of(subtag.begin(), subtag.end(), is_letter_or_digit))
            return false;
        rest.remove_prefix(subtag.size());
    }
    return true;
}

Result<void> check_profile(const Json& patch,
                           const std::function<bool(const std::string&)>& is_time_zone) {
    std::vector<FieldError> errors;
    for (const char* name : {"email", "role", "active"})
        if (patch.find(name) != nullptr)
            errors.push_back(
                {std::string("/") + name, "read_only", "It is changed by an administrator."});
    const auto* zone = patch.find("timezone");
    if (zone != nullptr && zone->string() != nullptr && !is_time_zone(*zone->string()))
        errors.push_back(
            {"/timezone", "invalid_format", "No time zone of the tz database has this name."});
    const auto* locale = patch.find("locale");
    if (locale != nullptr && locale->string() != nullptr && !is_locale(*locale->string()))
        errors.push_back({"/locale", "invalid_format",
                          "A language tag such as \"en\" or \"pt-BR\" is expected."});
    return refuse_update(user_kind(), patch, std::move(errors));
}

} // namespace throughline
