#include "bus/database.hpp"

#include <libpq-fe.h>
#include <pqxx/pqxx>

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <vector>

namespace throughline {

namespace {

/// postgresql+driver://… → postgresql://…
std::string without_driver(const std::string& url) {
    const auto scheme_end = url.find("://");
    const auto plus = url.find('+');
    if (scheme_end == std::string::npos || plus > scheme_end) return url;
    return url.substr(0, plus) + url.substr(scheme_end);
}

std::map<std::string, std::string> parse_settings(const std::string& url) {
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
        PQconninfoParse(without_driver(url).c_str(), nullptr), &PQconninfoFree);
    if (!parsed) throw std::runtime_error("the database URL cannot be read");
    std::map<std::string, std::string> settings;
    for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option)
        if (option->val != nullptr) settings[option->keyword] = option->val;
    return settings;
}

std::string session_options(Role role, Planning planning) {
    std::string options =
        "-c TimeZone=UTC -c DateStyle=ISO -c client_min_messages=error -c jit=off "
        "-c lock_timeout=5s -c idle_in_transaction_session_timeout=30s ";
    switch (role) {
    case Role::owner: break;
    case Role::system: options += "-c role=throughline_system -c statement_timeout=60s"; break;
    case Role::app: options += "-c role=throughline_app -c statement_timeout=30s"; break;
    }
    if (planning == Planning::by_index)
        options += " -c enable_seqscan=off -c enable_bitmapscan=off -c enable_hashjoin=off"
                   " -c enable_mergejoin=off";
    return options;
}

std::string connection_text(const std::string& url, Role role, Planning planning) {
    auto settings = parse_settings(url);
    settings.try_emplace("application_name", "throughline");
    settings.try_emplace("connect_timeout", "5");
    settings.try_emplace("tcp_user_timeout", "15000"); // milliseconds
    settings.try_emplace("keepalives_idle", "5");      // seconds
    settings.try_emplace("keepalives_interval", "5");
    settings.try_emplace("keepalives_count", "2");
    settings["client_encoding"] = "UTF8";
    settings["options"] += " " + session_options(role, planning);
    std::string text;
    for (const auto& [name, value] : settings) {
        text += name + "='";
        for (const char c : value) {
            if (c == '\'' || c == '\\') text += '\\';
            text += c;
        }
        text += "' ";
    }
    return text;
}

} // namespace

void CloseConnection::operator()(pqxx::connection_base* connection) const {
    delete static_cast<pqxx::connection*>(connection);
}

Connection connect(const std::string& url, Role role, Planning planning) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored                                                                     \
    "-Wdeprecated-declarations" // deprecated only because version 7 has no reactivation
    Connection connection(new pqxx::connection(connection_text(url, role, planning)));
    connection->inhibit_reactivation(true);
#pragma GCC diagnostic pop
    return connection;
}

bool is_connection_loss(const std::exception& fault) {
    if (dynamic_cast<const pqxx::broken_connection*>(&fault) != nullptr) return true;
    const auto* error = dynamic_cast<const pqxx::sql_error*>(&fault);
    if (error == nullptr) return false;
    const std::string& state = error->sqlstate(); // 57P: the server shuts down or ended the session
    return state.empty() || state.starts_with("08") || state.starts_with("57P");
}

std::string fault_text(const std::exception& fault) {
    const std::string_view text = fault.what();
    std::string first_line(text.substr(0, text.find('\n')));
    const auto* error = dynamic_cast<const pqxx::sql_error*>(&fault);
    if (error == nullptr) return first_line;
    const std::string& state = error->sqlstate();
    const bool may_quote_data = state.starts_with("22") || state.starts_with("23");
    return "SQLSTATE " + state + (may_quote_data ? "" : ": " + first_line);
}

struct Database::State {
    struct Session {
        Connection connection;
        Uuid tenant; // that app.tenant_id names; nil at first, when it names none
        bool tenant_known = false;
    };

    const std::string url;
    const Role role;
    const Planning planning;
    const std::size_t limit;
    std::mutex mutex;
    std::condition_variable freed;
    std::vector<Session> idle;
    std::size_t taken = 0;

    Session take() {
        std::unique_lock lock(mutex);
        if (!freed.wait_for(lock, std::chrono::seconds(10), [&] { return taken < limit; }))
            throw pqxx::broken_connection("all database connections are busy");
        ++taken;
        if (idle.empty()) return {};
        Session session = std::move(idle.back());
        idle.pop_back();
        return session;
    }

    void give_back(Session session) {
        const std::lock_guard lock(mutex);
        --taken;
        if (session.connection && session.connection->is_open())
            idle.push_back(std::move(session));
        else
            idle.clear(); // the others were probably lost with it
        freed.notify_one();
    }

    void make_ready(Session& session, const Uuid& tenant) const {
        if (!session.connection) {
            session.connection = connect(url, role, planning);
            session.tenant_known = false;
        }
        if (role != Role::app || (session.tenant_known && session.tenant == tenant)) return;
        // Outside of a transaction: a rollback would take the setting back.
        session.tenant_known = false;
        pqxx::nontransaction transaction(*session.connection);
        transaction.exec_params("select set_config('app.tenant_id', $1, false)", to_string(tenant));
        session.tenant = tenant;
        session.tenant_known = true;
    }

    /// Runs `work` on a connection of the pool; false where the connection was lost on the way.
    template <class Transaction> bool run(const Uuid& tenant, const Work& work, bool may_retry) {
        Session session = take();
        try {
            make_ready(session, tenant);
            Transaction transaction(*session.connection);
            work(transaction);
            transaction.commit();
        } catch (const std::exception& fault) {
            const bool was_connected = session.connection != nullptr;
            const bool lost =
                was_connected && (!session.connection->is_open() || is_connection_loss(fault));
            if (lost) session.connection.reset();
            give_back(std::move(session));
            if (lost && may_retry) return false;
            throw;
        } catch (...) {
            give_back(std::move(session));
            throw;
        }
        give_back(std::move(session));
        return true;
    }
};

Database::Database(std::string url, Role role, std::size_t connections, Planning planning)
    : state_(new State{std::move(url), role, planning, connections, {}, {}, {}, 0}) {}

Database::~Database() = default;

void Database::read(const Uuid& tenant, const Work& work) {
    if (!state_->run<pqxx::nontransaction>(tenant, work, true))
        state_->run<pqxx::nontransaction>(tenant, work, false);
}

void Database::write(const Uuid& tenant, const Work& work) {
    state_->run<pqxx::work>(tenant, work, false);
}

} // namespace throughline
