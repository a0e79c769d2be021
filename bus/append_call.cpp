#include "bus/append_call.hpp"

#include "bus/command.hpp"
#include "bus/pg_binary_array.hpp"
#include "bus/pg_text.hpp"

#include <pqxx/pqxx>

#include <stdexcept>

namespace throughline {

namespace {

constexpr const char* call =
    "select command, outcome, first_position, last_position, request_hash, status, versions, "
    "conflict_kind, conflict_id, conflict_version, "
    "(extract(epoch from recorded_at) * 1000000)::bigint from append_batch($1, $2, $3, $4, $5, $6, "
    "$7, "
    "$8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, "
    "$27, $28, $29)";

std::int64_t count(std::size_t n) { return static_cast<std::int64_t>(n); }

struct CommandArrays {
    PgBinaryArray tenant{PgType::uuid}, id{PgType::uuid}, hash{PgType::text},
        expires{PgType::boolean}, status{PgType::int4}, versions{PgType::json},
        events{PgType::int4};

    void add(const Command& command) {
        std::size_t written = 0;
        for (const StreamWrite& write : command.writes) written += write.events.size();
        tenant.add(command.tenant);
        id.add(command.id);
        hash.add(command.request_hash);
        expires.add(command.expires);
        status.add(command.status);
        versions.add(versions_text(command));
        events.add(count(written));
    }
};

struct WriteArrays {
    PgBinaryArray command{PgType::int4}, tenant{PgType::uuid}, kind{PgType::text}, id{PgType::uuid},
        expected{PgType::int8}, events{PgType::int4}, archived{PgType::boolean},
        title{PgType::text}, key{PgType::text}, state{PgType::json};

    void add(std::int64_t number, const StreamWrite& write) {
        command.add(number);
        tenant.add(write.tenant);
        kind.add(write.stream.kind);
        id.add(write.stream.id);
        expected.add(write.expected);
        events.add(count(write.events.size()));
        archived.add(write.archived);
        title.add(write.title);
        key.add(title_key(write.title));
        state.add(write.state);
    }
};

struct EventArrays {
    PgBinaryArray command{PgType::int4}, tenant{PgType::uuid}, kind{PgType::text},
        stream{PgType::uuid}, version{PgType::int8}, id{PgType::uuid}, type{PgType::text},
        schema{PgType::int4}, correlation{PgType::uuid}, data{PgType::json}, meta{PgType::json},
        time{PgType::timestamptz};

    void add(std::int64_t number, const Command& from, const StreamWrite& write) {
        std::int64_t next = write.expected;
        for (const NewEvent& event : write.events) {
            command.add(number);
            tenant.add(write.tenant);
            kind.add(write.stream.kind);
            stream.add(write.stream.id);
            version.add(++next);
            id.add(event.id);
            type.add(event.type);
            schema.add(event.schema_version);
            correlation.add(from.origin.correlation_id);
            data.add(event.data);
            meta.add(event.causation_id ? meta_text(origin_of(from, event), event.links)
                                        : meta_text(from.origin, event.links));
            time.add(from.time);
        }
    }
};

Outcome read_outcome(const pqxx::row& row, const Command& command) {
    const std::string_view outcome = text_of(row[1]);
    if (outcome == "conflict")
        return Conflict{{row[7].as<std::string>(), uuid_of(text_of(row[8]))},
                        row[9].as<std::int64_t>()};
    Committed committed{row[2].as<std::int64_t>(),
                        row[3].as<std::int64_t>(),
                        outcome == "duplicate",
                        command.request_hash,
                        command.status,
                        {}};
    if (committed.duplicate) {
        committed.request_hash = row[4].as<std::string>();
        committed.status = row[5].as<int>();
        read_versions(text_of(row[6]), committed);
    } else {
        committed.versions = versions_after(command);
        committed.told = command.told;
    }
    return committed;
}

} // namespace

AppendCall::AppendCall(std::span<const Command* const> commands) : commands_(commands) {
    CommandArrays c;
    WriteArrays w;
    EventArrays e;
    std::int64_t number = 0;
    for (const Command* command : commands) {
        ++number;
        c.add(*command);
        for (const StreamWrite& write : command->writes) {
            w.add(number, write);
            e.add(number, *command, write);
        }
    }
    const auto add = [this](const auto&... arrays) {
        (parameters_.push_back(arrays.binary()), ...);
    };
    add(c.tenant, c.id, c.hash, c.expires, c.status, c.versions, c.events);
    add(w.command, w.tenant, w.kind, w.id, w.expected, w.events, w.archived, w.title, w.key,
        w.state);
    add(e.command, e.tenant, e.kind, e.stream, e.version, e.id, e.type, e.schema, e.correlation,
        e.data, e.meta, e.time);
}

AppendCall::~AppendCall() = default;

AppendedBatch AppendCall::run(pqxx::transaction_base& transaction) const {
    transaction.conn().prepare("append_batch", call);
    const pqxx::result rows =
        transaction.exec_prepared("append_batch", pqxx::prepare::make_dynamic_params(parameters_));

    if (rows.size() != commands_.size())
        throw std::logic_error("append_batch answered for another number of commands");
    AppendedBatch appended{std::vector<Outcome>(commands_.size()), {}};
    for (const pqxx::row& row : rows) {
        const auto index = static_cast<std::size_t>(row[0].as<std::int64_t>() - 1);
        appended.outcomes.at(index) = read_outcome(row, *commands_[index]);
        if (!row[10].is_null()) appended.recorded_at = time_of(row[10]);
    }
    return appended;
}

} // namespace throughline
