#pragma once
#include "domain/identity/forms.hpp"
#include "handlers/commands.hpp"
#include "handlers/identity/accounts.hpp"
#include "handlers/identity/links.hpp"
#include "handlers/identity/one_time_tokens.hpp"
#include "handlers/mail.hpp"

namespace throughline {

/// Invitations into a tenant, by mail. Thread-safe; blocks on the database and on hashing.
class Invitations {
  public:
    struct With {
        EventStore& store;
        const RecordCommands& commands;
        Accounts& accounts;
        Credentials& credentials;
        PasswordHasher& hasher;
        OneTimeTokens& tokens;
        Mailer& mailer;
        Links links;
    };
    explicit Invitations(With with) : with_(std::move(with)) {}

    struct Invited {
        Written written;
        std::string accept_url;
    };
    /// Mails a link that is good once, for seven days. A member's address is a conflict with code
    /// `taken`; whether the address has an account elsewhere makes no difference here.
    [[nodiscard]] Result<Invited> invite(const CommandContext& context,
                                         const std::string& actor_role,
                                         const InvitationForm& form) const;
    [[nodiscard]] Result<Written> revoke(const CommandContext& context,
                                         const Uuid& invitation) const;
    /// Makes whoever has the token a member and signs them in there. An address without an account
    /// gets one with this password; whoever has one must give its password (`unauthenticated`
    /// else). `gone` where the token is unknown, spent, revoked or expired.
    [[nodiscard]] Result<SignedIn> accept(const Acceptance& form,
                                          const std::string& traceparent) const;
    /// The address (normal_email) of the account whose password accepting takes; nothing where the
    /// invited address has none, or the token opens nothing.
    [[nodiscard]] std::optional<std::string> account_to_prove(const std::string& token) const;

  private:
    struct Pending {
        Uuid tenant;
        Uuid id;
        std::string email;
    };
    [[nodiscard]] std::optional<Pending> pending(const std::string& token) const;
    struct Proven {
        Uuid user;
        std::string hash; // of their password
    };
    [[nodiscard]] Result<Proven> prove(const std::string& email, const Acceptance& form) const;
    void mail(const Uuid& tenant, const std::string& to, const std::string& url) const;

    const With with_;
};

} // namespace throughline
