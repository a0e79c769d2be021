#pragma once
#include "bus/append_call.hpp"
#include "bus/database.hpp"
#include "bus/migrate.hpp"
#include "tests/support/commands.hpp"
#include "tests/support/private_postgres.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

namespace throughline::append_world {

inline const Uuid tenant = uuid_of("01890000-0000-7000-8000-000000000001");

struct Log {
    TestDatabase database;
    Connection owner;
    Log() {
        migrate(database.url(), [](std::string_view) {});
        owner = connect(database.url(), Role::owner);
    }

    pqxx::result sql(const std::string& statement) {
        pqxx::nontransaction transaction(*owner);
        return transaction.exec(statement);
    }
    std::int64_t number(const std::string& query) { return sql(query)[0][0].as<std::int64_t>(); }

    /// Positions 1…n without a hole, versions dense, one outcome a command.
    void check_sound(std::int64_t events) {
        CHECK(number("select position from log_head") == events);
        CHECK(number("select count(*) from events") == events);
        CHECK(number("select coalesce(max(position), 0) from events") == events);
        CHECK(number("select count(*) from (select version - row_number() over (partition by "
                     "tenant_id, kind, stream_id order by position) as off from events) e "
                     "where off <> 0") == 0);
        CHECK(number("select count(*) from streams s where version <> (select count(*) from events "
                     "e where e.stream_id = s.id) or position <> (select max(position) from events "
                     "e where e.stream_id = s.id)") == 0);
        CHECK(number("select count(*) from (select recorded_at - lag(recorded_at) over (order by "
                     "position) as step from events) e where step < '0'") == 0);
        CHECK(number("select coalesce(sum(last_position - first_position + 1), 0)::bigint "
                     "from commands") == events);
    }

    std::vector<Outcome> call(const std::vector<Command>& commands) {
        const auto system = connect(database.url(), Role::system);
        std::vector<const Command*> pointers;
        for (const Command& command : commands) pointers.push_back(&command);
        pqxx::nontransaction transaction(*system);
        return AppendCall(pointers).run(transaction).outcomes;
    }
};

inline bool is_committed(const Outcome& outcome) {
    return std::holds_alternative<Committed>(outcome);
}

/// Holds the head of the log, so that appends wait.
class HeldHead {
  public:
    explicit HeldHead(const std::string& url)
        : connection_(connect(url, Role::owner)), transaction_(*connection_) {
        transaction_.exec("select from log_head for update");
    }

  private:
    Connection connection_;
    pqxx::work transaction_;
};

inline constexpr const char* waiting_appenders =
    "select count(*) from pg_stat_activity where datname = current_database() "
    "and wait_event_type = 'Lock' and query like '%append_batch%' and pid <> pg_backend_pid()";

} // namespace throughline::append_world
