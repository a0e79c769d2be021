#include "projections/visibility.hpp"

#include "domain/record/ownership.hpp"
#include "projections/list_columns.hpp"

namespace throughline {

std::string seen_rows(const Caller& caller, const Kind& kind, SqlParameters& parameters) {
    if (!caller.sees(Bond::own)) return "false";
    const auto owners = owner_fields(kind);
    if (caller.sees_all() || owners.empty()) return {};
    const std::string user = parameters.add(to_string(caller.user)) + "::uuid";
    std::string is_own;
    std::string is_unowned;
    for (const Field* const field : owners) {
        const std::string column = list_column(kind, field->name)->sql_name();
        const bool is_list = field->type == FieldType::references;
        is_own +=
            (is_list ? column + " && array[" + user + "::text]" : column + " = " + user) + " or ";
        is_unowned +=
            (is_unowned.empty() ? "" : " and ") + column + (is_list ? " = '{}'" : " is null");
    }
    return "(" + is_own + "(" + is_unowned + "))";
}

std::string hidden_streams(const Caller& caller, const Registry& registry,
                           SqlParameters& parameters) {
    if (caller.sees_all()) return {};
    std::string sql;
    std::string user;
    for (const Kind& kind : registry.kinds()) {
        const auto owners = owner_fields(kind);
        if (owners.empty()) continue;
        if (user.empty()) user = parameters.add(to_string(caller.user)) + "::text";
        std::string is_own;
        std::string is_owned;
        for (const Field* const field : owners) {
            const std::string owner = "(streams.state ->> '" + field->name + "')";
            const bool is_list = field->type == FieldType::references; // its text holds the ids
            is_own += (is_own.empty() ? "" : " or ") +
                      (is_list ? "coalesce(strpos(" + owner + ", " + user + ") > 0, false)"
                               : owner + " is not distinct from " + user);
            is_owned +=
                (is_owned.empty() ? "" : " or ") +
                (is_list ? "coalesce(" + owner + " <> '[]', false)" : owner + " is not null");
        }
        sql += (sql.empty() ? "" : " or ") + ("(streams.kind = '" + kind.name + "' and (") +
               is_owned + ") and not (" + is_own + "))";
    }
    return sql.empty() ? sql : "(" + sql + ")";
}

} // namespace throughline
