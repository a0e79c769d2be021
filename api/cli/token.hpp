#pragma once
#include "api/session/tokens.hpp"
#include "domain/result.hpp"
#include "handlers/identity/accounts.hpp"

#include <chrono>
#include <iosfwd>
#include <string>

namespace throughline {

struct IssuedToken {
    std::string access_token;
    bool registered = false; // the address was unknown: tenant and owner were made for it
};

/// An access token for whoever signs in with this address. An unknown address gets a tenant named
/// after its local part, with a password that nobody knows.
[[nodiscard]] Result<IssuedToken> issue_token(Accounts& accounts, const Tokens& tokens,
                                              std::chrono::seconds lifetime,
                                              const std::string& email);

/// `throughline token issue --email ADDRESS`: the token alone on `out`, all else on `log`. The exit
/// code.
[[nodiscard]] int run_token_issue(Accounts& accounts, const Tokens& tokens,
                                  std::chrono::seconds lifetime, const std::string& email,
                                  std::ostream& out, std::ostream& log);

} // namespace throughline
