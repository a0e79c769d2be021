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
struct NewMember {
    std::string name;
    std::string email;
    std::string role;
    std::optional<std::string> password; // unset: they choose one by a mailed link
};
struct InvitationForm {
    std::string email;
    std::string role;
};
struct Acceptance {
    std::string token;
    std::string name;
    std::string password;
};
struct PasswordReset {
    std::string token;
    std::string password;
};

/// Refused (422) with all faults, each under its member.
[[nodiscard]] Result<Registration> read_registration(const Json& body);
[[nodiscard]] Result<SignIn> read_sign_in(const Json& body);
[[nodiscard]] Result<PasswordChange> read_password_change(const Json& body);
[[nodiscard]] Result<NewMember> read_new_member(const Json& body);
[[nodiscard]] Result<InvitationForm> read_invitation(const Json& body);
[[nodiscard]] Result<Acceptance> read_acceptance(const Json& body);
[[nodiscard]] Result<PasswordReset> read_password_reset(const Json& body);
/// The one member `email`, an address.
[[nodiscard]] Result<std::string> read_reset_request(const Json& body);
/// The one member `refresh_token`.
[[nodiscard]] Result<std::string> read_refresh_token(const Json& body);

} // namespace throughline
