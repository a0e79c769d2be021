#pragma once
#include "bus/appender.hpp"
#include "bus/ids.hpp"
#include "bus/log_signal.hpp"
#include "bus/migrate.hpp"
#include "bus/postgres_event_store.hpp"

#include <map>
#include <pqxx/pqxx>
#include <string>

namespace throughline {

/// The log of a database, migrated first, and what tests do with it.
class TestLog {
  public:
    explicit TestLog(const std::string& login) : url((migrate(login, [](auto) {}), login)) {}

    /// Appends events to a contact's stream by one command; the position of the last.
    std::int64_t append(const Uuid& stream, int count = 1, const std::string& data = "{}") {
        Command command;
        command.id = new_id();
        command.tenant = tenant;
        command.time = now();
        command.origin.correlation_id = new_id();
        StreamWrite write;
        write.tenant = tenant;
        write.stream = {"contact", stream};
        write.expected = versions_[stream];
        write.state = "{}";
        for (int i = 0; i < count; ++i)
            write.events.push_back(
                {new_id(), "contact.updated", 1, data, {{"organization", tenant}}});
        command.writes.push_back(std::move(write));
        const Outcome outcome = store.append(std::move(command)).get();
        const auto& committed = std::get<Committed>(outcome);
        versions_[stream] += count;
        return committed.last_position;
    }

    /// One statement as the superuser.
    pqxx::result sql(const std::string& statement) {
        pqxx::connection connection(url);
        return pqxx::nontransaction(connection).exec(statement);
    }
    [[nodiscard]] Uuid id() { return uuid_of(sql("select log_id from log_head")[0][0].c_str()); }
    std::int64_t checkpoint(const std::string& name) {
        const auto rows = sql("select position from checkpoints where name = '" + name + "'");
        return rows.empty() ? -1 : rows[0][0].as<std::int64_t>();
    }

    const std::string url;
    const Uuid tenant = new_id();
    Appender appender{url};
    Database app{url, Role::app, 2};
    Database system{url, Role::system, 2};
    PostgresEventStore store{app, system, appender};
    LogSignal signal{url};

  private:
    std::map<Uuid, std::int64_t> versions_;
};

} // namespace throughline
