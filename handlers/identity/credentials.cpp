#include "handlers/identity/credentials.hpp"

#include "bus/ids.hpp"
#include "handlers/identity/random_token.hpp"

#include <pqxx/pqxx>

namespace throughline {

namespace {

std::string insert_token(pqxx::transaction_base& transaction, const Uuid& family,
                         const RefreshGrant& grant, Time expires) {
    std::string token = random_token();
    transaction.exec_params(
        "insert into refresh_tokens (hash, family, user_id, tenant_id, access_id, expires_at) "
        "values ($1, $2, $3, $4, $5, $6)",
        token_hash(token), to_string(family), to_string(grant.user), to_string(grant.tenant),
        to_string(grant.access_id), to_rfc3339(expires));
    return token;
}

void revoke(pqxx::transaction_base& transaction, const std::string& family) {
    transaction.exec_params("update refresh_tokens set revoked_at = clock_timestamp() "
                            "where family = $1 and revoked_at is null",
                            family);
}

/// Until the transaction ends no other spends or revokes the user's tokens: what it would add could
/// not be seen. Taken before any of them is locked.
void lock_tokens_of(pqxx::transaction_base& transaction, const std::string& user) {
    transaction.exec_params("select pg_advisory_xact_lock(hashtextextended($1, 0))",
                            "refresh tokens of " + user);
}

struct Family {
    std::string id;
    std::string user;
};

/// Of the token that has this value in this column, with the user's tokens locked.
std::optional<Family> locked_family(pqxx::transaction_base& transaction, const std::string& column,
                                    const std::string& value) {
    const auto rows = transaction.exec_params(
        "select family, user_id from refresh_tokens where " + column + " = $1", value);
    if (rows.empty()) return std::nullopt;
    Family found{rows[0][0].as<std::string>(), rows[0][1].as<std::string>()};
    lock_tokens_of(transaction, found.user);
    return found;
}

/// All families but the one that this access token came from, and all links to choose a password.
void end_sessions(pqxx::transaction_base& transaction, const Uuid& user, const Uuid& access_id) {
    lock_tokens_of(transaction, to_string(user));
    transaction.exec_params("update refresh_tokens set revoked_at = clock_timestamp() "
                            "where user_id = $1 and revoked_at is null and family not in "
                            "(select family from refresh_tokens where access_id = $2)",
                            to_string(user), to_string(access_id));
    transaction.exec_params(
        "delete from one_time_tokens where purpose = 'password_reset' and subject_id = $1",
        to_string(user));
}

void keep(pqxx::transaction_base& transaction, const Uuid& user, const std::string& hash) {
    transaction.exec_params(
        "insert into credentials (user_id, password_hash) values ($1, $2) "
        "on conflict (user_id) do update set password_hash = excluded.password_hash",
        to_string(user), hash);
}

} // namespace

void Credentials::keep_password(const Uuid& user, const std::string& hash) {
    system_.write({}, [&](pqxx::transaction_base& transaction) { keep(transaction, user, hash); });
}

std::optional<std::string> Credentials::password_hash(const Uuid& user) {
    std::optional<std::string> hash;
    system_.read({}, [&](pqxx::transaction_base& transaction) {
        const auto rows = transaction.exec_params(
            "select password_hash from credentials where user_id = $1", to_string(user));
        if (!rows.empty()) hash = rows[0][0].as<std::string>();
    });
    return hash;
}

std::optional<std::string> Credentials::begin_family(const RefreshGrant& grant, Time expires,
                                                     const std::string& verified) {
    std::optional<std::string> token;
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        const auto still = transaction.exec_params(
            "select from credentials where user_id = $1 and password_hash = $2 for share",
            to_string(grant.user), verified);
        if (!still.empty()) token = insert_token(transaction, new_id(), grant, expires);
    });
    return token;
}

std::optional<Credentials::Rotation>
Credentials::rotate(const std::string& token, const Uuid& access_id, Time at, Time expires) {
    std::optional<Rotation> rotation;
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        const auto family = locked_family(transaction, "hash", token_hash(token));
        if (!family) return;
        const auto rows = transaction.exec_params(
            "select tenant_id, used_at is not null, revoked_at is not null or expires_at <= $2 "
            "from refresh_tokens where hash = $1",
            token_hash(token), to_rfc3339(at));
        if (rows.empty() || rows[0][2].as<bool>()) return;
        if (rows[0][1].as<bool>()) return revoke(transaction, family->id);
        transaction.exec_params(
            "update refresh_tokens set used_at = clock_timestamp() where hash = $1",
            token_hash(token));
        const RefreshGrant grant{uuid_of(family->user), uuid_of(rows[0][0].as<std::string>()),
                                 access_id};
        rotation = Rotation{grant, insert_token(transaction, uuid_of(family->id), grant, expires)};
    });
    return rotation;
}

std::optional<Uuid> Credentials::user_of(const std::string& token) {
    std::optional<Uuid> user;
    system_.read({}, [&](pqxx::transaction_base& transaction) {
        const auto rows = transaction.exec_params(
            "select user_id from refresh_tokens where hash = $1", token_hash(token));
        if (!rows.empty()) user = uuid_of(rows[0][0].as<std::string>());
    });
    return user;
}

std::optional<Uuid> Credentials::revoke_family(const std::string& token) {
    std::optional<Uuid> user;
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        const auto family = locked_family(transaction, "hash", token_hash(token));
        if (!family) return;
        revoke(transaction, family->id);
        user = uuid_of(family->user);
    });
    return user;
}

void Credentials::revoke_family(const Uuid& access_id) {
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        const auto family = locked_family(transaction, "access_id", to_string(access_id));
        if (family) revoke(transaction, family->id);
    });
}

bool Credentials::is_revoked(const Uuid& access_id) {
    bool revoked = false;
    system_.read({}, [&](pqxx::transaction_base& transaction) {
        revoked = !transaction
                       .exec_params("select from refresh_tokens where access_id = $1 "
                                    "and revoked_at is not null",
                                    to_string(access_id))
                       .empty();
    });
    return revoked;
}

void Credentials::revoke_member(const Uuid& user, const Uuid& tenant) {
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        lock_tokens_of(transaction, to_string(user));
        transaction.exec_params("update refresh_tokens set revoked_at = clock_timestamp() "
                                "where user_id = $1 and tenant_id = $2 and revoked_at is null",
                                to_string(user), to_string(tenant));
    });
}

void Credentials::replace_password(const Uuid& user, const std::string& hash) {
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        keep(transaction, user, hash);
        end_sessions(transaction, user, {});
    });
}

bool Credentials::replace_password(const Uuid& user, const std::string& hash,
                                   const std::string& verified, const Uuid& access_id) {
    bool replaced = false;
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        replaced = transaction
                       .exec_params("update credentials set password_hash = $2 "
                                    "where user_id = $1 and password_hash = $3",
                                    to_string(user), hash, verified)
                       .affected_rows() == 1;
        if (replaced) end_sessions(transaction, user, access_id);
    });
    return replaced;
}

bool Credentials::remove_password(const Uuid& user) {
    bool removed = false;
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        removed =
            transaction.exec_params("delete from credentials where user_id = $1", to_string(user))
                .affected_rows() == 1;
        end_sessions(transaction, user, {});
    });
    return removed;
}

void Credentials::sweep() {
    system_.write({}, [](pqxx::transaction_base& transaction) {
        // Their access tokens live for a day at most, and are void as long as this says so.
        transaction.exec(
            "delete from refresh_tokens where expires_at < clock_timestamp() - interval '1 day'");
        transaction.exec(
            "delete from credentials c where created_at < clock_timestamp() - interval '1 hour' "
            "and not exists (select from streams s where s.tenant_id = "
            "'00000000-0000-0000-0000-000000000000' and s.kind = 'account' and s.id = c.user_id)");
    });
}

} // namespace throughline
