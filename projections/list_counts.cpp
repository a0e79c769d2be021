#include "projections/list_columns.hpp"
#include "projections/list_scope.hpp"
#include "projections/lists.hpp"
#include "projections/past_list.hpp"

#include <pqxx/pqxx>

namespace throughline {

std::vector<std::pair<std::string, std::int64_t>>
Lists::counts(const Uuid& tenant, const Caller& caller, const Kind& kind,
              const ListRequest& request, const std::string& by) {
    SqlParameters parameters;
    const std::string where = list_scope(tenant, caller, kind, request, parameters);
    const std::string column = list_column(kind, by).value().sql_name();
    std::vector<std::pair<std::string, std::int64_t>> counted;
    read_list(app_, tenant, kind, request.as_of, [&](auto& transaction, const std::string& list) {
        counted.clear();
        for (const pqxx::row& row : transaction.exec_params(
                 "select " + column + ", count(*) from " + list + " where " + where + " and " +
                     column + " is not null group by 1 order by 1",
                 pqxx::prepare::make_dynamic_params(parameters.values())))
            counted.emplace_back(row[0].as<std::string>(), row[1].as<std::int64_t>());
    });
    return counted;
}

} // namespace throughline
