#include "handlers/erasure/person_places.hpp"

#include "bus/pg_text.hpp"
#include "domain/automation_run.hpp"
#include "domain/record/erasure.hpp"
#include "handlers/reference_follower.hpp"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <algorithm>

namespace throughline {
namespace {

std::string ids_text(const std::vector<Uuid>& ids) {
    PgArray array;
    for (const Uuid& id : ids) array.add(id);
    return array.text();
}

std::string ids_of_kind(const std::vector<StreamKey>& keys, std::string_view kind) {
    PgArray array;
    for (const StreamKey& key : keys)
        if (key.kind == kind) array.add(key.id);
    return array.text();
}

void add(std::vector<StreamKey>& to, StreamKey key) {
    if (std::ranges::find(to, key) == to.end()) to.push_back(std::move(key));
}

/// The contact that a conversion made of a lead is that person, also where it was taken back.
void add_made(pqxx::transaction_base& transaction, const Uuid& tenant,
              std::vector<StreamKey>& persons) {
    const std::string made =
        "select converted.stream_id, contact.stream_id from events converted join events contact "
        "on contact.correlation_id = converted.correlation_id and contact.tenant_id = $1 "
        "and contact.type = 'contact.created' "
        "and contact.stream_id::text = converted.data ->> 'contact_id' "
        "where converted.tenant_id = $1 and converted.type = 'lead.converted' and ";
    const pqxx::result rows = transaction.exec_params(
        made + "converted.stream_id = any($2::uuid[]) union " + made +
            "contact.stream_id = any($3::uuid[])",
        to_string(tenant), ids_of_kind(persons, "lead"), ids_of_kind(persons, "contact"));
    for (const pqxx::row& row : rows) {
        add(persons, {"lead", uuid_of(text_of(row[0]))});
        add(persons, {"contact", uuid_of(text_of(row[1]))});
    }
}

/// The contact that a lead became and the lead that it was are one person.
void add_converted(pqxx::transaction_base& transaction, const Uuid& tenant,
                   std::vector<StreamKey>& persons) {
    const pqxx::result rows = transaction.exec_params(
        "select id, state ->> 'contact_id' from streams where tenant_id = $1 and kind = 'lead' "
        "and state ->> 'status' = 'converted' and state ->> 'contact_id' is not null "
        "and (id = any($2::uuid[]) or state ->> 'contact_id' = any($3::text[]))",
        to_string(tenant), ids_of_kind(persons, "lead"), ids_of_kind(persons, "contact"));
    for (const pqxx::row& row : rows) {
        add(persons, {"lead", uuid_of(text_of(row[0]))});
        add(persons, {"contact", uuid_of(text_of(row[1]))});
    }
}

/// So are records that were merged.
void add_merged(pqxx::transaction_base& transaction, const Uuid& tenant,
                std::vector<StreamKey>& persons) {
    PgArray ids;
    for (const StreamKey& key : persons) ids.add(key.id);
    const pqxx::result rows = transaction.exec_params(
        "select kind, id, state ->> 'merged_into' from streams where tenant_id = $1 "
        "and kind in ('contact', 'lead') and state ->> 'merged_into' is not null "
        "and (id = any($2::uuid[]) or state ->> 'merged_into' = any($2::text[]))",
        to_string(tenant), ids.text());
    for (const pqxx::row& row : rows) {
        const std::string kind(text_of(row[0]));
        add(persons, {kind, uuid_of(text_of(row[1]))});
        add(persons, {kind, uuid_of(text_of(row[2]))});
    }
}

void add_linked(pqxx::transaction_base& transaction, const Uuid& tenant, const Kind& kind,
                const std::vector<StreamKey>& persons, std::vector<StreamKey>& records) {
    for (const Field& field : kind.fields) {
        if (field.type != FieldType::reference) continue;
        if (field.target != "contact" && field.target != "lead") continue;
        for (const pqxx::row& row : transaction.exec_params(
                 "select id from streams where tenant_id = $1 and kind = $2 "
                 "and state ->> $3 = any($4::text[])",
                 to_string(tenant), kind.name, field.name, ids_of_kind(persons, field.target)))
            add(records, {kind.name, uuid_of(text_of(row[0]))});
    }
}

const std::string about_person = "tenant_id = $1 and " + quotes_one("detail");

/// Of dead letters, and of what was asked about them.
std::string about_records(const std::string& ids) {
    return "tenant_id = $1 and stream_id = any(" + ids + "::uuid[]) and ";
}
const std::string letter_tells = "cause <> '[erased]'";
const std::string request_tells = "(cause <> '[erased]' or outcome ~ 'failed: (?!\\[erased\\]$)')";

std::string all_ids(const std::vector<StreamKey>& records) {
    PgArray array;
    for (const StreamKey& key : records) array.add(key.id);
    return array.text();
}

} // namespace

std::vector<StreamKey> PersonPlaces::records_of(const Uuid& tenant, const StreamKey& subject) {
    std::vector<StreamKey> records;
    system_.read(tenant, [&](pqxx::transaction_base& transaction) {
        records = {subject};
        for (std::size_t known = 0; known != records.size();) {
            known = records.size();
            add_made(transaction, tenant, records);
            add_converted(transaction, tenant, records);
            add_merged(transaction, tenant, records);
        }
        const std::vector<StreamKey> persons = records;
        for (const Kind& kind : registry_.kinds())
            if (kind.name != "contact" && kind.name != "lead" && !blanks_of(kind).empty())
                add_linked(transaction, tenant, kind, persons, records);
    });
    return records;
}

std::vector<NamedRecord> PersonPlaces::named_after(const Uuid& tenant,
                                                   const std::vector<StreamKey>& persons,
                                                   const std::vector<std::string>& names) {
    std::vector<NamedRecord> found;
    system_.read(tenant, [&](pqxx::transaction_base& transaction) {
        found.clear();
        for (const pqxx::row& row : transaction.exec_params(
                 "select made.kind, made.stream_id, made.data ->> 'name', head.state ->> 'name', "
                 "(select said.data -> 'after' ->> 'name' from events said "
                 "where said.stream_id = made.stream_id and said.tenant_id = $1 "
                 "and said.type = made.kind || '.erased' order by said.version desc limit 1) "
                 "from events converted join events made "
                 "on made.correlation_id = converted.correlation_id and made.tenant_id = $1 "
                 "and made.type in ('deal.created', 'organization.created') "
                 "and made.stream_id::text in (converted.data ->> 'deal_id', "
                 "converted.data ->> 'organization_id') "
                 "join streams head on head.tenant_id = $1 and head.kind = made.kind "
                 "and head.id = made.stream_id "
                 "where converted.tenant_id = $1 and converted.type = 'lead.converted' "
                 "and converted.stream_id = any($2::uuid[])",
                 to_string(tenant), ids_of_kind(persons, "lead"))) {
            if (!is_named_after(row[2].as<std::string>(), names)) continue;
            const bool is_told = !row[4].is_null();
            const auto name = row[is_told ? 4 : 3].as<std::string>();
            found.push_back({{row[0].as<std::string>(), uuid_of(text_of(row[1]))},
                             name_left(name, names),
                             is_told});
        }
    });
    return found;
}

std::vector<StreamKey> PersonPlaces::referring_to(const Uuid& tenant,
                                                  const std::vector<StreamKey>& persons) {
    std::vector<StreamKey> found;
    system_.read(tenant, [&](pqxx::transaction_base& transaction) {
        found.clear();
        for (const Kind& kind : registry_.kinds())
            add_linked(transaction, tenant, kind, persons, found);
    });
    return found;
}

std::vector<StreamKey> PersonPlaces::triggers_quoting(const Uuid& tenant, const Quotes& quotes) {
    const std::string kind = automation_trigger_kind().name;
    const std::string sql = fmt::format(
        "select id from streams s where tenant_id = $1 and kind = $4 and ({} or version > 1 and "
        "exists (select from events e where e.stream_id = s.id and e.version = 1 "
        "and e.tenant_id = $1 and e.kind = $4 and {}))",
        quotes_one("state::text"), quotes_one("data::text"));
    std::vector<StreamKey> found;
    system_.read(tenant, [&](pqxx::transaction_base& transaction) {
        found.clear();
        for (const pqxx::row& row : transaction.exec_params(sql, to_string(tenant), quotes.values(),
                                                            quotes.patterns(), kind))
            found.push_back({kind, uuid_of(text_of(row[0]))});
    });
    return found;
}

std::int64_t PersonPlaces::count_events(const Uuid& tenant, const Kind& kind,
                                        const std::vector<Uuid>& ids, const JsonObject& blanks) {
    std::int64_t count = 0;
    system_.read(tenant, [&](pqxx::transaction_base& transaction) {
        count =
            transaction
                .exec_params1("select count(*) from events where stream_id = any($1::uuid[]) "
                              "and tenant_id = $2 and kind = $3 "
                              "and data::text <> blanked(data, $4::json)::text",
                              ids_text(ids), to_string(tenant), kind.name, to_text(Json(blanks)))[0]
                .as<std::int64_t>();
    });
    return count;
}

std::int64_t PersonPlaces::blank_events(const Uuid& tenant, const Kind& kind,
                                        const std::vector<Uuid>& ids, const JsonObject& blanks) {
    std::int64_t count = 0;
    system_.write(tenant, [&](pqxx::transaction_base& transaction) {
        count =
            transaction
                .exec_params1("select erase_events($1, $2, $3::uuid[], $4::json)",
                              to_string(tenant), kind.name, ids_text(ids), to_text(Json(blanks)))[0]
                .as<std::int64_t>();
    });
    return count;
}

std::int64_t PersonPlaces::count_faults(const Uuid& tenant, const Quotes& quotes,
                                        const std::vector<StreamKey>& records) {
    std::int64_t count = 0;
    system_.read(tenant, [&](pqxx::transaction_base& transaction) {
        count = transaction
                    .exec_params1(
                        "select (select count(*) from import_errors where " + about_person +
                            ") + (select count(*) from (select from dead_letters where " +
                            about_records("$4") + letter_tells +
                            " union all select from dead_letter_requests "
                            "where " +
                            about_records("$4") + request_tells + ") as letters)",
                        to_string(tenant), quotes.values(), quotes.patterns(), all_ids(records))[0]
                    .as<std::int64_t>();
    });
    return count;
}

std::int64_t PersonPlaces::blank_faults(const Uuid& tenant, const Quotes& quotes,
                                        const std::vector<StreamKey>& records) {
    std::int64_t count = 0;
    system_.write(tenant, [&](pqxx::transaction_base& transaction) {
        const auto errors = transaction.exec_params(
            "update import_errors set detail = '[erased]' where " + about_person, to_string(tenant),
            quotes.values(), quotes.patterns());
        const auto blank = [&](const std::string& what, const std::string& tells) {
            return transaction
                .exec_params("update " + what + " where " + about_records("$2") + tells,
                             to_string(tenant), all_ids(records))
                .affected_rows();
        };
        count = static_cast<std::int64_t>(
            errors.affected_rows() + blank("dead_letters set cause = '[erased]'", letter_tells) +
            blank("dead_letter_requests set cause = '[erased]', outcome = "
                  "regexp_replace(outcome, 'failed: .*', 'failed: [erased]')",
                  request_tells));
    });
    return count;
}

bool PersonPlaces::has_unfinished_import(const Uuid& tenant) {
    bool has = false;
    system_.read(tenant, [&](pqxx::transaction_base& transaction) {
        has = transaction
                  .exec_params1("select exists (select from imports where tenant_id = $1 "
                                "and status in ('queued', 'running'))",
                                to_string(tenant))[0]
                  .as<bool>();
    });
    return has;
}

bool PersonPlaces::awaits_references(const Uuid& tenant, const std::vector<StreamKey>& persons) {
    bool awaits = false;
    system_.read(tenant, [&](pqxx::transaction_base& transaction) {
        awaits = transaction
                     .exec_params1(
                         "select exists (select from events where tenant_id = $1 and position > "
                         "(select position from checkpoints where name = $2) "
                         "and type in ('contact.unmerged', 'lead.unmerged') "
                         "and (stream_id = any($3::uuid[]) "
                         "or data -> 'unmerged' ->> 0 = any($3::text[])))",
                         to_string(tenant), ReferenceFollower::own_name, all_ids(persons))[0]
                     .as<bool>();
    });
    return awaits;
}

} // namespace throughline
