#include "bus/pg_text.hpp"
#include "domain/record/change.hpp"
#include "domain/record/erasure.hpp"
#include "domain/record/merge.hpp"
#include "domain/record/value.hpp"
#include "handlers/erasure/person_places.hpp"

#include <pqxx/pqxx>

namespace throughline {
namespace {

/// Of a record's personal fields what says something and is not the other's own, too.
JsonObject values_only_in(const Kind& kind, const JsonObject& fields, const JsonObject& others) {
    JsonObject only;
    for (const Field& field : kind.fields) {
        const Json* const value = field.is_personal ? fields.find(field.name) : nullptr;
        if (value == nullptr || *value == empty_value(field) || *value == Json(erased_text))
            continue;
        const Json* const own = others.find(field.name);
        if (own != nullptr && *value == *own) continue;
        if (value->object() == nullptr || own == nullptr || own->object() == nullptr) {
            only.append(field.name, *value);
            continue;
        }
        JsonObject members;
        for (const auto& [name, item] : *value->object())
            if (const Json* const same = own->object()->find(name);
                same == nullptr || *same != item)
                members.append(name, item);
        only.append(field.name, std::move(members));
    }
    return only;
}

/// In the data of an event: on both sides of a change, or by themselves where it has the whole
/// record.
std::string wherever_fields_are(const JsonObject& fields) {
    JsonObject data = fields;
    data.append("before", fields);
    data.append("after", fields);
    return to_text(Json(std::move(data)));
}

} // namespace

std::vector<PassedOn> PersonPlaces::passed_on(const Uuid& tenant,
                                              const std::vector<StreamKey>& persons) {
    std::vector<PassedOn> found;
    PgArray ids;
    for (const StreamKey& person : persons) ids.add(person.id);
    system_.read(tenant, [&](pqxx::transaction_base& transaction) {
        found.clear();
        for (const pqxx::row& row : transaction.exec_params(
                 "select gone.kind, head.id, gone.stream_id, gone.data -> 'before', head.state, "
                 "head.version, head.archived from events gone "
                 "join streams head on head.tenant_id = $1 and head.kind = gone.kind "
                 "and head.id = (gone.data ->> 'into')::uuid "
                 "where gone.tenant_id = $1 and gone.kind in ('contact', 'lead') "
                 "and gone.type = gone.kind || '.merged_into' "
                 "and gone.stream_id = any($2::uuid[]) and not head.id = any($2::uuid[])",
                 to_string(tenant), ids.text())) {
            const Kind& kind = *registry_.find(text_of(row[0]));
            const Record survivor = record_from_state(kind, std::string(text_of(row[4])),
                                                      row[5].as<std::int64_t>(), row[6].as<bool>());
            found.push_back(
                {{kind.name, uuid_of(text_of(row[1]))},
                 uuid_of(text_of(row[2])),
                 values_only_in(kind, *parse_json(text_of(row[3])).object(), survivor.fields)});
        }
    });
    return found;
}

std::int64_t PersonPlaces::ask_passed_on(pqxx::transaction_base& transaction,
                                         const std::string& sql, const Uuid& tenant,
                                         const PassedOn& passed) const {
    return transaction
        .exec_params1(sql, to_string(tenant), passed.survivor.kind, to_string(passed.survivor.id),
                      to_string(passed.merged), wherever_fields_are(passed.values),
                      wherever_fields_are(blanks_of(*registry_.find(passed.survivor.kind))))[0]
        .as<std::int64_t>();
}

std::int64_t PersonPlaces::count_passed_on(const Uuid& tenant, const PassedOn& passed) {
    std::int64_t count = 0;
    system_.read(tenant, [&](pqxx::transaction_base& transaction) {
        count = ask_passed_on(transaction,
                              "select count(*) from passed_on($1, $2, $3, $4, $5::json, $6::json)",
                              tenant, passed);
    });
    return count;
}

std::int64_t PersonPlaces::blank_passed_on(const Uuid& tenant, const PassedOn& passed) {
    std::int64_t count = 0;
    system_.write(tenant, [&](pqxx::transaction_base& transaction) {
        count =
            ask_passed_on(transaction, "select erase_passed_on($1, $2, $3, $4, $5::json, $6::json)",
                          tenant, passed);
    });
    return count;
}

} // namespace throughline
