#pragma once
#include "domain/json.hpp"
#include "domain/record/kind.hpp"
#include "domain/result.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace throughline {

/// A member of a tenant: stream `user/<user id>` in that tenant, name, email, role, time zone,
/// locale, and whether they are active: who is not is kept, but has no access. The same person has
/// the same id in every tenant.
[[nodiscard]] Kind user_kind();

/// Of roles.hpp.
[[nodiscard]] bool is_role(std::string_view text);
/// The least one first.
[[nodiscard]] std::vector<std::string> role_names();
/// A language tag of two or three letters and its subtags: "fr", "pt-BR" (BCP 47).
[[nodiscard]] bool is_locale(std::string_view text);

/// What a person may change of themselves: name, timezone, locale. A merge patch that keeps to it
/// may then go to check_update of user_kind(), which knows unknown members and lengths; of one that
/// does not, those are told too.
[[nodiscard]] Result<void>
check_profile(const Json& patch, const std::function<bool(const std::string&)>& is_time_zone);

} // namespace throughline
