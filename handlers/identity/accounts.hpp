#pragma once
#include "bus/event_store.hpp"
#include "domain/identity/forms.hpp"
#include "domain/result.hpp"
#include "handlers/identity/credentials.hpp"
#include "handlers/identity/password_hasher.hpp"
#include "handlers/identity/registration.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace throughline {

/// A person in one tenant, from the head of `user/<id>`.
struct Member {
    Uuid id;
    std::int64_t version = 0;
    std::string name;
    std::string email;
    std::string role;
    std::string timezone; // empty: not chosen
    std::string locale;   // empty: not chosen
};
struct Tenant {
    Uuid id;
    std::string slug;
    std::string name;
    std::string timezone;          // UTC where it was not chosen
    std::string record_visibility; // tenant or own: what those below manager read
};
struct Membership {
    Tenant tenant;
    Member member;
};

/// Somebody who has just proved who they are.
struct SignedIn {
    Membership as;
    Uuid access_id; // for the access token that goes out with it
    std::string refresh_token;
    std::int64_t position = 0; // of the registration's last event; else 0
};

/// Registration, sign-in and sessions over the streams of domain/identity/streams.hpp. Thread-safe;
/// blocks on the database and on hashing.
///
/// A password that is changed, reset or removed, and the sessions that end with it, are so before
/// it is told: by one command, `user.password_changed` in each tenant of the account and
/// `account.password_changed`, at which other processes look at the sessions again. They say how,
/// and nothing of the password. A process that ends in between leaves a change that the log does
/// not know; told first, the log could know of one that never was, and sessions would be looked at
/// too early. What the log does not take is an error in the server's log, and the change stands.
class Accounts {
  public:
    Accounts(EventStore& store, Credentials& credentials, PasswordHasher& hasher,
             std::chrono::seconds refresh_lifetime)
        : store_(store), credentials_(credentials), hasher_(hasher),
          refresh_lifetime_(refresh_lifetime) {}

    /// A tenant and its owner, in one command. A taken address or slug is a conflict with code
    /// `taken`; a slug made from the name gets a number instead.
    [[nodiscard]] Result<SignedIn> register_tenant(const Registration& registration,
                                                   const std::string& traceparent);
    /// An unknown address, a wrong password and somebody active nowhere are one answer and take the
    /// same time.
    [[nodiscard]] Result<SignedIn> sign_in(const SignIn& form);
    [[nodiscard]] Result<SignedIn> refresh(const std::string& refresh_token);
    /// Ends every other session of the user, and the links to choose a password.
    [[nodiscard]] Result<void> change_password(const Uuid& user, const PasswordChange& form,
                                               const Uuid& access_id,
                                               const std::string& traceparent);
    /// The new password of somebody who has proved who they are otherwise. Ends all sessions.
    void reset_password(const Uuid& user, const std::string& hash, const std::string& traceparent);
    /// Of an account of which nobody knows who chose its password. Ends all sessions; a mailed link
    /// sets a new one.
    void remove_password(const Uuid& user, const std::string& traceparent);
    /// Whether the session that an access token came from was ended.
    [[nodiscard]] bool is_session_over(const Uuid& access_id) {
        return credentials_.is_revoked(access_id);
    }

    /// A session in one of the tenants of somebody whose password was verified against this hash;
    /// nothing where it has been replaced or removed since.
    [[nodiscard]] std::optional<SignedIn> enter(const Uuid& user, const Uuid& tenant,
                                                const std::string& verified);
    /// Whoever signs in with this address, in their first tenant.
    [[nodiscard]] std::optional<Membership> find(const std::string& email);
    /// Nothing where the user is no active member of the tenant.
    [[nodiscard]] std::optional<Membership> membership(const Uuid& user, const Uuid& tenant);
    [[nodiscard]] std::vector<Membership> memberships(const Uuid& user);
    [[nodiscard]] std::optional<Uuid> tenant_of_slug(const std::string& slug);

  private:
    [[nodiscard]] std::optional<std::string> free_slug(const std::vector<std::string>& candidates);
    [[nodiscard]] std::optional<std::string> free_slug_like(const std::string& wanted);
    [[nodiscard]] std::optional<Uuid> user_of_email(const std::string& email);
    void tell_of_password(const Uuid& user, const std::string& how, Origin origin);
    [[nodiscard]] std::optional<SignedIn> begin_session(Membership membership,
                                                        const std::string& verified);

    EventStore& store_;
    Credentials& credentials_;
    PasswordHasher& hasher_;
    std::chrono::seconds refresh_lifetime_;
};

} // namespace throughline
