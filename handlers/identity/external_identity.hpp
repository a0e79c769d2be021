#pragma once
#include <string>

namespace throughline {

/// Somebody whom an identity provider vouches for, as its token says.
struct ExternalIdentity {
    std::string issuer;      // may be empty
    std::string subject;     // `sub`
    std::string email;       // empty: the provider knows none
    bool is_verified = true; // false: the provider says that the address is not
    std::string name;
    std::string role;
    std::string tenant; // id or slug
};

} // namespace throughline
