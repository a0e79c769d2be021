#include "api/cli/token.hpp"

#include "bus/ids.hpp"
#include "domain/text.hpp"

#include <ostream>

namespace throughline {

namespace {

Registration registration_for(const std::string& email) {
    const std::string local_part = email.substr(0, email.find('@'));
    return {local_part, std::nullopt, local_part, email, to_string(new_id()) + to_string(new_id())};
}

} // namespace

Result<IssuedToken> issue_token(Accounts& accounts, const Tokens& tokens,
                                std::chrono::seconds lifetime, const std::string& written_email) {
    const std::string email = trimmed(written_email);
    if (!looks_like_email(email))
        return Rejection{Refusal::invalid, "\"" + email + "\" is no email address."};
    auto membership = accounts.find(email);
    const bool is_known = membership.has_value();
    if (!is_known) {
        auto registered = accounts.register_tenant(registration_for(email), "");
        if (!registered) return registered.error();
        membership = std::move(registered->as);
    }
    const auto issued = std::chrono::floor<std::chrono::seconds>(now());
    const Claims claims{membership->member.id,   membership->tenant.id,
                        membership->member.role, issued,
                        issued + lifetime,       new_id()};
    return IssuedToken{tokens.issue(claims), !is_known};
}

int run_token_issue(Accounts& accounts, const Tokens& tokens, std::chrono::seconds lifetime,
                    const std::string& email, std::ostream& out, std::ostream& log) {
    const auto issued = issue_token(accounts, tokens, lifetime, email);
    if (!issued) {
        log << issued.error().detail << '\n';
        return 1;
    }
    if (issued->registered)
        log << "No account has the address " << email
            << ": a tenant with this owner was made for it.\n";
    out << issued->access_token << '\n';
    return 0;
}

} // namespace throughline
