#pragma once
#include "bus/database.hpp"
#include "bus/event.hpp"
#include "bus/ids.hpp"
#include "bus/migrate.hpp"
#include "bus/pg_text.hpp"
#include "domain/record/change.hpp"
#include "domain/text.hpp"
#include "projections/projection.hpp"
#include "tests/support/private_postgres.hpp"

#include <pqxx/pqxx>

#include <map>
#include <span>
#include <string>
#include <vector>

namespace throughline {

/// A migrated database with a log written row by row, for tests of what projections make of it.
/// Each event is a minute later than the one before.
class ProjectedLog {
  public:
    ProjectedLog() {
        migrate(database_.url(), [](std::string_view) {});
        owner_ = connect(database_.url(), Role::owner);
        system_ = connect(database_.url(), Role::system);
    }

    [[nodiscard]] const std::string& url() const { return database_.url(); }
    [[nodiscard]] const std::vector<StoredEvent>& events() const { return events_; }
    [[nodiscard]] const Record& record(const Uuid& id) const { return records_.at(id); }
    [[nodiscard]] Time last_time() const { return time_; }

    Uuid tenant = new_id(); // of what is appended
    Origin origin;

    void migrate_model(Projection& projection) {
        pqxx::work transaction(*owner_);
        projection.migrate(transaction);
        transaction.commit();
    }

    /// As the system, in one transaction.
    void apply(Projection& projection, std::span<const StoredEvent> events) {
        pqxx::work transaction(*system_);
        projection.apply(transaction, events);
        transaction.commit();
    }
    /// What was appended since the projection's last turn.
    void apply(Projection& projection) {
        std::size_t& done = applied_[projection.name()];
        apply(projection, std::span(events_).subspan(done));
        done = events_.size();
    }

    Uuid create(const Kind& kind, const JsonObject& values) {
        const Uuid id = new_id();
        append(kind, id, decide_create(kind, values, {}));
        return id;
    }
    void update(const Kind& kind, const Uuid& id, const JsonObject& values) {
        append(kind, id, decide_update(kind, records_[id], values).value());
    }
    void remove(const Kind& kind, const Uuid& id) {
        append(kind, id, decide_delete(kind, records_[id]));
    }
    void restore(const Kind& kind, const Uuid& id) {
        append(kind, id, decide_restore(kind, records_[id]).value());
    }

    void append(const Kind& kind, const Uuid& id, const RecordEvents& events) {
        Record& record = records_[id];
        pqxx::work transaction(*owner_);
        for (const RecordEvent& event : events) {
            time_ += std::chrono::minutes(1);
            evolve(record, event.type, event.data, time_);
            insert(transaction, stored({kind.name, id}, record.version, event));
        }
        transaction.exec_params(
            "insert into streams (tenant_id, kind, id, version, position, archived, title, "
            "title_key, state)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (tenant_id, kind, id) do "
            "update set"
            " version = excluded.version, position = excluded.position, archived = "
            "excluded.archived,"
            " title = excluded.title, title_key = excluded.title_key, state = excluded.state",
            to_string(tenant), kind.name, to_string(id), record.version, events_.back().position,
            record.deleted, title_of(kind, record.fields),
            case_folded(title_of(kind, record.fields)), state_text(kind, record));
        transaction.commit();
    }

    /// The rows of a query as the owner sees them, one text a row.
    std::vector<std::string> rows(const std::string& query) {
        pqxx::nontransaction transaction(*owner_);
        std::vector<std::string> found;
        for (const pqxx::row& row :
             transaction.exec("select rows::text from (" + query + ") as rows"))
            found.push_back(row[0].as<std::string>());
        return found;
    }

    pqxx::connection_base& owner() { return *owner_; }
    pqxx::connection_base& system() { return *system_; }

  private:
    const StoredEvent& stored(const StreamKey& stream, std::int64_t version,
                              const RecordEvent& event) {
        StoredEvent stored;
        stored.position = static_cast<std::int64_t>(events_.size()) + 1;
        stored.stream = stream;
        stored.version = version;
        stored.id = new_id();
        stored.tenant = tenant;
        stored.type = event.type;
        stored.data = to_text(event.data);
        stored.origin = origin;
        stored.links = event.links;
        stored.time = stored.recorded_at = time_;
        return events_.emplace_back(std::move(stored));
    }

    static void insert(pqxx::transaction_base& transaction, const StoredEvent& event) {
        transaction.exec_params("insert into events (position, tenant_id, kind, stream_id, "
                                "version, event_id, type, schema_version,"
                                " correlation_id, data, meta, ce_time, recorded_at)"
                                " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)",
                                event.position, to_string(event.tenant), event.stream.kind,
                                to_string(event.stream.id), event.version, to_string(event.id),
                                event.type, event.schema_version,
                                to_string(event.origin.correlation_id), event.data,
                                meta_text(event.origin, event.links), to_rfc3339(event.time));
    }

    TestDatabase database_;
    Connection owner_;
    Connection system_;
    Time time_ = parse_rfc3339("2026-03-08T06:00:00Z").value();
    std::vector<StoredEvent> events_;
    std::map<Uuid, Record> records_;
    std::map<std::string, std::size_t> applied_;
};

} // namespace throughline
