#include "handlers/identity/one_time_tokens.hpp"

#include "handlers/identity/random_token.hpp"

#include <pqxx/pqxx>

namespace throughline {

namespace {

const char* name_of(OneTimeTokens::Purpose purpose) {
    return purpose == OneTimeTokens::Purpose::invitation ? "invitation" : "password_reset";
}

std::optional<OneTimeTokens::Subject> subject_in(const pqxx::result& rows) {
    if (rows.empty()) return std::nullopt;
    return OneTimeTokens::Subject{uuid_of(rows[0][0].as<std::string>()),
                                  uuid_of(rows[0][1].as<std::string>())};
}

} // namespace

std::string OneTimeTokens::issue(Purpose purpose, const Subject& subject, Time expires) {
    std::string token = random_token();
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        transaction.exec_params("insert into one_time_tokens (hash, purpose, tenant_id, "
                                "subject_id, expires_at) values ($1, $2, $3, $4, $5)",
                                token_hash(token), name_of(purpose), to_string(subject.tenant),
                                to_string(subject.id), to_rfc3339(expires));
    });
    return token;
}

std::optional<OneTimeTokens::Subject> OneTimeTokens::find(Purpose purpose, const std::string& token,
                                                          Time at) {
    std::optional<Subject> found;
    system_.read({}, [&](pqxx::transaction_base& transaction) {
        found = subject_in(
            transaction.exec_params("select tenant_id, subject_id from one_time_tokens "
                                    "where hash = $1 and purpose = $2 and expires_at > $3",
                                    token_hash(token), name_of(purpose), to_rfc3339(at)));
    });
    return found;
}

std::optional<OneTimeTokens::Subject> OneTimeTokens::spend(Purpose purpose,
                                                           const std::string& token, Time at) {
    std::optional<Subject> spent;
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        spent = subject_in(transaction.exec_params(
            "delete from one_time_tokens where hash = $1 and purpose = $2 and expires_at > $3 "
            "returning tenant_id, subject_id",
            token_hash(token), name_of(purpose), to_rfc3339(at)));
        if (spent)
            transaction.exec_params(
                "delete from one_time_tokens where purpose = $1 and subject_id = $2",
                name_of(purpose), to_string(spent->id));
    });
    return spent;
}

void OneTimeTokens::withdraw(Purpose purpose, const std::string& token) {
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        transaction.exec_params("delete from one_time_tokens where hash = $1 and purpose = $2",
                                token_hash(token), name_of(purpose));
    });
}

void OneTimeTokens::forget(Purpose purpose, const Uuid& subject) {
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        transaction.exec_params(
            "delete from one_time_tokens where purpose = $1 and subject_id = $2", name_of(purpose),
            to_string(subject));
    });
}

std::int64_t OneTimeTokens::count(Purpose purpose, const Uuid& subject, Time at) {
    std::int64_t rows = 0;
    system_.read({}, [&](pqxx::transaction_base& transaction) {
        rows = transaction
                   .exec_params1("select count(*) from one_time_tokens where purpose = $1 "
                                 "and subject_id = $2 and expires_at > $3",
                                 name_of(purpose), to_string(subject), to_rfc3339(at))[0]
                   .as<std::int64_t>();
    });
    return rows;
}

void OneTimeTokens::sweep() {
    system_.write({}, [](pqxx::transaction_base& transaction) {
        transaction.exec("delete from one_time_tokens where expires_at < clock_timestamp()");
    });
}

} // namespace throughline
