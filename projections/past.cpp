#include "projections/past.hpp"

#include "bus/pg_text.hpp"
#include "bus/stream_events.hpp"
#include "domain/identity/kinds.hpp"
#include "domain/record/change.hpp"

#include <pqxx/pqxx>

#include <map>

namespace throughline {

namespace {

using Heads = std::map<StreamKey, StreamHead>;

/// Takes the heads that have not changed since into `heads`; the streams that have are the answer.
std::vector<StreamKey> read_unchanged(pqxx::transaction_base& transaction, const Uuid& tenant,
                                      std::span<const StreamKey> streams, std::int64_t at,
                                      Heads& heads) {
    PgArray kinds;
    PgArray ids;
    for (const StreamKey& stream : streams) {
        kinds.add(stream.kind);
        ids.add(stream.id);
    }
    std::vector<StreamKey> changed;
    for (const pqxx::row& row : transaction.exec_params(
             "select of_kind, of_stream, version, state, title, archived, position > $4"
             " from unnest($2::text[], $3::uuid[]) as asked (of_kind, of_stream)"
             " cross join lateral (select * from streams where tenant_id = $1::uuid"
             " and kind = of_kind and id = of_stream offset 0) as found",
             to_string(tenant), kinds.text(), ids.text(), at)) {
        StreamKey key{std::string(text_of(row[0])), uuid_of(text_of(row[1]))};
        if (row[6].as<bool>())
            changed.push_back(std::move(key));
        else
            heads[key] = {key, row[2].as<std::int64_t>(), std::string(text_of(row[3])),
                          std::string(text_of(row[4])), row[5].as<bool>()};
    }
    return changed;
}

void fold_changed(pqxx::transaction_base& transaction, const Uuid& tenant, const Registry& registry,
                  std::span<const StreamKey> streams, std::int64_t at, Heads& heads) {
    std::map<StreamKey, Record> records;
    each_event(transaction, tenant, streams, at, [&](const StoredEvent& event) {
        evolve(records[event.stream], event.type, current_data(event), event.time);
    });
    for (const auto& [stream, record] : records)
        if (const Kind* const kind = any_kind(registry, stream.kind))
            heads[stream] = {stream, record.version, state_text(*kind, record),
                             title_of(*kind, record.fields), record.deleted};
}

} // namespace

std::vector<StreamHead> Past::heads(const Uuid& tenant, std::span<const StreamKey> streams,
                                    std::int64_t at) {
    Heads found;
    app_.write(tenant, [&](pqxx::transaction_base& transaction) {
        const auto changed = read_unchanged(transaction, tenant, streams, at, found);
        fold_changed(transaction, tenant, registry_, changed, at, found);
    });
    std::vector<StreamHead> heads;
    for (const StreamKey& stream : streams) {
        const auto head = found.find(stream);
        heads.push_back(head == found.end() ? StreamHead{stream, 0, {}, {}, false} : head->second);
    }
    return heads;
}

} // namespace throughline
