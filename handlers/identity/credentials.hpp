#pragma once
#include "bus/database.hpp"
#include "domain/id.hpp"
#include "domain/time.hpp"

#include <optional>
#include <string>

namespace throughline {

/// Whom a refresh token stands for. `access_id` is the id of the access token issued beside it.
struct RefreshGrant {
    Uuid user;
    Uuid tenant;
    Uuid access_id;
};

/// The tables of secrets: password hashes and refresh tokens (only their SHA-256 is kept).
/// Thread-safe; every call blocks on the database.
class Credentials {
  public:
    explicit Credentials(Database& system) : system_(system) {}

    void keep_password(const Uuid& user, const std::string& hash);
    [[nodiscard]] std::optional<std::string> password_hash(const Uuid& user);

    /// A token that begins a family, for who gave a password that was verified against this hash;
    /// nothing where it has been replaced or removed since, which ended all sessions.
    [[nodiscard]] std::optional<std::string> begin_family(const RefreshGrant& grant, Time expires,
                                                          const std::string& verified);
    struct Rotation {
        RefreshGrant grant;
        std::string token; // the next of the family
    };
    /// Spends a token (RFC 9700 section 4.14.2): nothing where it is unknown, expired or revoked,
    /// or was spent before, which revokes its family with what is just being added to it.
    [[nodiscard]] std::optional<Rotation> rotate(const std::string& token, const Uuid& access_id,
                                                 Time at, Time expires);
    /// Whose a refresh token is or was; nothing where it is unknown.
    [[nodiscard]] std::optional<Uuid> user_of(const std::string& token);
    /// Whose it was; nothing where the token is unknown.
    std::optional<Uuid> revoke_family(const std::string& token);
    /// The family of the sign-in that an access token came from.
    void revoke_family(const Uuid& access_id);
    /// Whether the sign-in that an access token came from is revoked. Of one that came from none,
    /// no.
    [[nodiscard]] bool is_revoked(const Uuid& access_id);
    /// Of a member of that tenant, all families.
    void revoke_member(const Uuid& user, const Uuid& tenant);
    /// In one transaction: the new password, and the end of all families and of all links to choose
    /// one.
    void replace_password(const Uuid& user, const std::string& hash);
    /// The same for who gave a password that was verified against that hash; the family that this
    /// access token came from goes on. False where it has been replaced or removed since.
    [[nodiscard]] bool replace_password(const Uuid& user, const std::string& hash,
                                        const std::string& verified, const Uuid& access_id);
    /// The same without a new password. False where there was none.
    [[nodiscard]] bool remove_password(const Uuid& user);

    /// Forgets what counts for nothing: passwords without an account after an hour, and tokens
    /// that expired a day ago, as have the access tokens issued beside them.
    void sweep();

  private:
    Database& system_;
};

} // namespace throughline
