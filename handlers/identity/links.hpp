#pragma once
#include <string>

namespace throughline {

/// Where the links in mails lead: pages of the web application, which call the API.
struct Links {
    std::string base; // "https://crm.example.com", without a slash at its end

    [[nodiscard]] std::string accept_invitation(const std::string& token) const {
        return base + "/accept-invitation?token=" + token;
    }
    [[nodiscard]] std::string new_password(const std::string& token) const {
        return base + "/password-reset?token=" + token;
    }
};

} // namespace throughline
