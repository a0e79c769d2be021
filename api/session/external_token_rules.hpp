#pragma once
#include <string>
#include <vector>

namespace throughline {

/// What tokens of an identity provider look like. A claim's name is a member of the payload, or
/// members of members with dots between them; of several names the first that is there counts.
struct ExternalTokenRules {
    std::string issuer;   // empty: any
    std::string audience; // empty: any
    std::vector<std::string> role_claims{"app_metadata.role", "role"};
    std::vector<std::string> tenant_claims{"app_metadata.tenant_id"};
    std::vector<std::string> email_claims{"email"};
    bool operator==(const ExternalTokenRules&) const = default;
};

} // namespace throughline
