#pragma once
#include "domain/json.hpp"
#include "domain/result.hpp"

#include <optional>
#include <string>

namespace throughline {

/// What people send to identify themselves. Names are trimmed, passwords are taken as they are:
/// 8 to 1,000 characters where they are chosen, anything where they are checked.
struct Registration {
    std::string tenant_name;
    std::optional<std::string> tenant_slug; // unset: made from the name
    std::string name;
    std::string email; // as written
    std::string password;
};
struct SignIn {
    std::string email;
    std::string password;
};
struct PasswordChange {
    std::string current_password;
    std::string new_password;
};

[[nodiscard]] Result<Registration> read_registration(const Json& body);
[[nodiscard]] Result<SignIn> read_sign_in(const Json& body);
[[nodiscard]] Result<PasswordChange> read_password_change(const Json& body);
/// The one member `refresh_token`.
[[nodiscard]] Result<std::string> read_refresh_token(const Json& body);

} // namespace throughline
