#include "projections/past.hpp"

#include "bus/pg_text.hpp"
#include "bus/stream_events.hpp"
#include "domain/other_kinds.hpp"
#include "domain/record/change.hpp"

#include <pqxx/pqxx>

#include <map>

namespace throughline {

namespace {

using Heads = std::map<StreamMoment, StreamHead>;

/// Takes the heads that have not changed since into `heads`; the answer is what has.
std::vector<StreamMoment> read_unchanged(pqxx::transaction_base& transaction, const Uuid& tenant,
                                         std::span<const StreamMoment> moments, Heads& heads) {
    PgArray kinds;
    PgArray ids;
    PgArray positions;
    for (const StreamMoment& moment : moments) {
        kinds.add(moment.stream.kind);
        ids.add(moment.stream.id);
        positions.add(moment.at);
    }
    std::vector<StreamMoment> changed;
    for (const pqxx::row& row : transaction.exec_params(
             "select of_kind, of_stream, version, state, title, archived, position > at, at"
             " from unnest($2::text[], $3::uuid[], $4::bigint[]) as asked (of_kind, of_stream, at)"
             " cross join lateral (select * from streams where tenant_id = $1::uuid"
             " and kind = of_kind and id = of_stream offset 0) as found",
             to_string(tenant), kinds.text(), ids.text(), positions.text())) {
        StreamMoment moment{{std::string(text_of(row[0])), uuid_of(text_of(row[1]))},
                            row[7].as<std::int64_t>()};
        if (row[6].as<bool>()) {
            changed.push_back(std::move(moment));
            continue;
        }
        StreamHead head{moment.stream, row[2].as<std::int64_t>(), std::string(text_of(row[3])),
                        std::string(text_of(row[4])), row[5].as<bool>()};
        heads.emplace(std::move(moment), std::move(head));
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
            heads[{stream, at}] = {stream, record.version, state_text(*kind, record),
                                   title_of(*kind, record.fields), record.deleted};
}

} // namespace

std::vector<StreamHead> Past::heads(const Uuid& tenant, std::span<const StreamMoment> moments) {
    Heads found;
    app_.write(tenant, [&](pqxx::transaction_base& transaction) {
        std::map<std::int64_t, std::vector<StreamKey>> changed;
        for (StreamMoment& moment : read_unchanged(transaction, tenant, moments, found))
            changed[moment.at].push_back(std::move(moment.stream));
        for (const auto& [at, streams] : changed)
            fold_changed(transaction, tenant, registry_, streams, at, found);
    });
    std::vector<StreamHead> heads;
    for (const StreamMoment& moment : moments) {
        const auto head = found.find(moment);
        heads.push_back(head == found.end() ? StreamHead{moment.stream, 0, {}, {}, false}
                                            : head->second);
    }
    return heads;
}

std::vector<StreamHead> Past::heads(const Uuid& tenant, std::span<const StreamKey> streams,
                                    std::int64_t at) {
    std::vector<StreamMoment> moments;
    for (const StreamKey& stream : streams) moments.push_back({stream, at});
    return heads(tenant, moments);
}

} // namespace throughline
