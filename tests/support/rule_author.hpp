#pragma once
#include "tests/support/tenant.hpp"

#include <string>
#include <vector>

namespace throughline {

/// A rule that greets new contacts by email; its condition is JsonLogic.
inline const std::string welcome_rule =
    R"({"name":"Welcome","trigger":{"type":"event","event":"contact.created"},
        "conditions":{"==":[{"var":"contact.status"},"new"]},
        "actions":[{"type":"email.send","to_email":"{{contact.email}}",
                    "subject":"Hello {{contact.first_name}}"}]})";

/// A rule that does nothing of note.
[[nodiscard]] std::string plain_rule(const std::string& name, const std::string& trigger);

[[nodiscard]] std::vector<std::string> member_names(const Json& object);

/// The owner of a tenant of their own, who writes automation rules.
struct RuleAuthor {
    TestServer server;
    HttpClient client = server.new_tenant();

    /// The rule that a body makes; fails the test where it is refused.
    [[nodiscard]] Json create(const std::string& body = welcome_rule);
    [[nodiscard]] HttpReply change(const std::string& id, const std::string& patch,
                                   const HttpHeaders& headers = {});
    /// Of a POST without a body below /api/automations.
    [[nodiscard]] Json post(const std::string& path);
    /// The first error of a rule that is refused.
    [[nodiscard]] std::string fault(const std::string& body);
    /// Names of a list's rules, once it knows of all that was written.
    [[nodiscard]] std::string listed(const std::string& path);
};

} // namespace throughline
