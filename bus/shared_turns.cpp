#include "bus/shared_turns.hpp"

#include "bus/database.hpp"

#include <pqxx/pqxx>

#include <mutex>

namespace throughline {

namespace {

std::string name_of(const Uuid& id) { return "throughline/turn/" + to_string(id); }

} // namespace

struct SharedTurns::Session {
    const std::string url;
    std::mutex mutex;
    Connection connection;

    void open() {
        connection = connect(url, Role::system);
        pqxx::nontransaction(*connection).exec("set idle_session_timeout = '60s'");
    }
    bool lock(const Uuid& id) {
        return pqxx::nontransaction(*connection)
            .exec_params1("select pg_try_advisory_lock(hashtextextended($1, 0))", name_of(id))[0]
            .as<bool>();
    }
};

SharedTurns::SharedTurns(std::string database_url)
    : session_(std::make_unique<Session>(std::move(database_url))) {}

SharedTurns::~SharedTurns() = default;

SharedTurns::Turn::~Turn() {
    if (turns_ != nullptr) turns_->give_back(id_);
}

std::optional<SharedTurns::Turn> SharedTurns::take(const Uuid& id) {
    const std::lock_guard guard(session_->mutex);
    bool is_ours = false;
    try {
        if (!session_->connection) session_->open();
        is_ours = session_->lock(id);
    } catch (const std::exception& fault) {
        if (!is_connection_loss(fault)) throw;
        session_->connection.reset();
        session_->open();
        is_ours = session_->lock(id);
    }
    if (!is_ours) return std::nullopt;
    return Turn(*this, id);
}

void SharedTurns::give_back(const Uuid& id) noexcept {
    const std::lock_guard guard(session_->mutex);
    if (!session_->connection) return;
    try {
        pqxx::nontransaction(*session_->connection)
            .exec_params1("select pg_advisory_unlock(hashtextextended($1, 0))", name_of(id));
    } catch (const std::exception&) {
        session_->connection.reset(); // the lock went, or goes, with it
    }
}

} // namespace throughline
