#include "projections/lists.hpp"

#include "bus/pg_text.hpp"
#include "projections/list_columns.hpp"
#include "projections/list_scope.hpp"
#include "projections/visibility.hpp"

#include <pqxx/pqxx>

#include <unordered_map>

namespace throughline {

namespace {

/// The oldest record for each value of a column, in the order of the values.
std::vector<Uuid> find_oldest(Database& app, const Uuid& tenant, const Caller& caller,
                              const Kind& kind, const std::string& column,
                              const std::vector<std::string>& values) {
    PgArray wanted;
    for (const std::string& value : values) wanted.add(value);
    SqlParameters parameters;
    const std::string of_tenant = parameters.add(to_string(tenant)) + "::uuid";
    const std::string each = parameters.add(wanted.text()) + "::text[]";
    const std::string seen = seen_rows(caller, kind, parameters);
    // A look-up in the index for each value, also while the table has no statistics yet.
    const std::string sql =
        "select sought, oldest.id from unnest(" + each + ") as sought, lateral (select id from " +
        list_table(kind) + " where tenant_id = " + of_tenant + " and " + column + " = sought" +
        (seen.empty() ? "" : " and " + seen) + " order by created_at, id limit 1) as oldest";
    std::unordered_map<std::string, Uuid> found;
    app.read(tenant, [&](pqxx::transaction_base& transaction) {
        found.clear();
        for (const pqxx::row& row :
             transaction.exec_params(sql, pqxx::prepare::make_dynamic_params(parameters.values())))
            found.emplace(row[0].as<std::string>(), uuid_of(text_of(row[1])));
    });
    std::vector<Uuid> ids;
    ids.reserve(values.size());
    for (const std::string& value : values) {
        const auto it = found.find(value);
        ids.push_back(it == found.end() ? Uuid{} : it->second);
    }
    return ids;
}

} // namespace

std::vector<Uuid> Lists::ids(const Uuid& tenant, const Caller& caller, const Kind& kind,
                             const ListRequest& request, std::size_t most) {
    SqlParameters parameters;
    const std::string where = list_scope(tenant, caller, kind, request, parameters);
    std::vector<Uuid> found;
    app_.read(tenant, [&](pqxx::transaction_base& transaction) {
        found.clear();
        for (const pqxx::row& row :
             transaction.exec_params("select id from " + list_table(kind) + " where " + where +
                                         " order by id limit " + std::to_string(most + 1),
                                     pqxx::prepare::make_dynamic_params(parameters.values())))
            found.push_back(uuid_of(text_of(row[0])));
    });
    return found;
}

std::vector<Uuid> Lists::find_by_email(const Uuid& tenant, const Caller& caller, const Kind& kind,
                                       const std::vector<std::string>& values) {
    for (const Field& field : kind.fields)
        if (field.type == FieldType::email)
            return find_oldest(app_, tenant, caller, kind,
                               list_column(kind, field.name)->sql_name(), values);
    return std::vector<Uuid>(values.size());
}

std::vector<Uuid> Lists::find_by_external_id(const Uuid& tenant, const Caller& caller,
                                             const Kind& kind,
                                             const std::vector<std::string>& values) {
    return find_oldest(app_, tenant, caller, kind, "external_id", values);
}

} // namespace throughline
