#include "projections/duplicates.hpp"

#include "bus/pg_text.hpp"
#include "projections/cursor.hpp"
#include "projections/list_columns.hpp"
#include "projections/sql_parameters.hpp"
#include "projections/visibility.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <cmath>

namespace throughline {

namespace {

constexpr int most_ids = 100; // of one group
constexpr double name_alone = 0.4;
constexpr const char* behind_all = "\xF4\x8F\xBF\xBF"; // U+10FFFF

/// What records may share.
struct Reason {
    std::string name;
    double weight;
    std::string column;
    std::string within = {}; // SQL of what must be equal too
};

std::string column_of(const Kind& kind, const Field& field) {
    return list_column(kind, field.name)->sql_name();
}

/// SQL: the company that a record names, else the organization that it refers to, else null.
std::string company_of(const Kind& kind) {
    std::string organization;
    for (const Field& field : kind.fields)
        if (organization.empty() && field.type == FieldType::reference &&
            field.target == "organization")
            organization = column_of(kind, field);
    const Field* const company = kind.field("company");
    if (company == nullptr) return organization;
    const std::string text = column_of(kind, *company);
    return organization.empty() ? text : "coalesce(" + text + ", " + organization + "::text)";
}

/// The strongest first.
std::vector<Reason> reasons_of(const Kind& kind) {
    std::vector<Reason> reasons;
    for (const Field& field : kind.fields)
        if (field.type == FieldType::email)
            reasons.push_back({field.name, 0.9, column_of(kind, field)});
    for (const Field& field : kind.fields)
        if (field.type == FieldType::phone)
            reasons.push_back({field.name, 0.8, column_of(kind, field)});
    if (const Field* const name = kind.field("name"))
        reasons.push_back({"name", 0.6, column_of(kind, *name), company_of(kind)});
    return reasons;
}

/// Where a page begins: behind a group of one reason.
struct Place {
    std::size_t reason = 0;
    std::string value;
    std::string company;
};

/// Groups of one reason in the order of the shared value: values that several rows have, and within
/// each the rows of one company.
class ReasonQuery {
  public:
    ReasonQuery(const Uuid& tenant, const Caller& caller, const Kind& kind,
                const std::vector<Reason>& reasons, const Place& after, std::size_t limit)
        : reasons_(reasons), of_(reasons[after.reason]), limit_(limit) {
        rows_ = list_table(kind) + " where tenant_id = " + parameters_.add(to_string(tenant)) +
                "::uuid";
        if (const std::string seen = seen_rows(caller, kind, parameters_); !seen.empty())
            rows_ += " and " + seen;
        value_ = parameters_.add(after.value) + "::text";
        company_ = parameters_.add(after.company) + "::text";
    }

    /// The value, the company, the ids, then for each reason whether all share it. A value of which
    /// no group is left comes without ids.
    [[nodiscard]] std::string sql() const {
        const std::string company =
            of_.within.empty() ? "''" : "coalesce(" + of_.within + "::text, '')";
        std::string shared;
        for (const Reason& reason : reasons_) shared += ", " + shares(reason);
        const std::string values =
            "select " + of_.column + " as shared_value from " + rows_ + " and " + of_.column +
            " is not null and " + of_.column + " >= " + value_ + " group by " + of_.column +
            " having count(*) > 1 order by " + of_.column + " limit " + std::to_string(limit_);
        const std::string groups =
            "select " + company + " as shared_company, (array_agg(id order by created_at, id))[1:" +
            std::to_string(most_ids) + "] as ids" + shared + " from " + rows_ + " and " +
            of_.column + " = shared_value group by 1 having count(*) > 1 and (shared_value, " +
            company + ") > (" + value_ + ", " + company_ + ")";
        return "select shared_value, \"groups\".* from (" + values +
               ") as \"values\" left join lateral (" + groups +
               ") as \"groups\" on true order by shared_value, shared_company";
    }
    [[nodiscard]] const std::vector<std::string>& values() const { return parameters_.values(); }

  private:
    /// A row without the value shares it with none.
    [[nodiscard]] static std::string shares(const Reason& reason) {
        const auto same = [](const std::string& column) {
            return "count(" + column + ") = count(*) and min(" + column + "::text) = max(" +
                   column + "::text)";
        };
        if (reason.within.empty()) return "(" + same(reason.column) + ")";
        return "(" + same(reason.column) + " and (count(" + reason.within + ") = 0 or " +
               same(reason.within) + "))";
    }

    const std::vector<Reason>& reasons_;
    const Reason& of_;
    std::size_t limit_;
    SqlParameters parameters_;
    std::string rows_;
    std::string value_;
    std::string company_;
};

constexpr int first_shared = 3; // value, company, ids, then the reasons

bool is_shared(const pqxx::row& row, std::size_t reason) {
    return row[first_shared + static_cast<int>(reason)].as<bool>();
}

/// Whether an earlier reason has given this group already.
bool is_known(const pqxx::row& row, std::size_t reason) {
    for (std::size_t earlier = 0; earlier < reason; ++earlier)
        if (is_shared(row, earlier)) return true;
    return false;
}

DuplicateGroup group_of(const pqxx::row& row, const std::vector<Reason>& reasons) {
    DuplicateGroup group;
    pqxx::array_parser ids = row[2].as_array();
    for (auto [juncture, text] = ids.get_next(); juncture != pqxx::array_parser::juncture::done;
         std::tie(juncture, text) = ids.get_next())
        if (juncture == pqxx::array_parser::juncture::string_value)
            group.ids.push_back(uuid_of(text));
    double differs = 1;
    for (std::size_t i = 0; i < reasons.size(); ++i) {
        if (!is_shared(row, i)) continue;
        const bool is_alone = !reasons[i].within.empty() && row[1].as<std::string>("").empty();
        differs *= 1 - (is_alone ? name_alone : reasons[i].weight);
        group.reasons.push_back(reasons[i].name);
    }
    group.score = std::round((1 - differs) * 100) / 100;
    return group;
}

std::optional<Place> read_place(const std::string& cursor, const std::string& identity,
                                std::size_t reasons) {
    const auto keys = read_cursor(cursor, identity, 3);
    if (!keys || !(*keys)[0] || !(*keys)[1] || !(*keys)[2]) return std::nullopt;
    const std::string& reason = *(*keys)[0];
    if (reason.size() != 1 || reason[0] < '0') return std::nullopt;
    const Place place{static_cast<std::size_t>(reason[0] - '0'), *(*keys)[1], *(*keys)[2]};
    return place.reason < reasons ? std::optional(place) : std::nullopt;
}

} // namespace

bool has_duplicates(const Kind& kind) { return !reasons_of(kind).empty(); }

Result<DuplicatePage> Duplicates::page(const Uuid& tenant, const Caller& caller, const Kind& kind,
                                       std::size_t limit, const std::string& cursor) {
    const std::vector<Reason> reasons = reasons_of(kind);
    const std::string identity = "duplicates of " + kind.name;
    Place begin;
    if (!cursor.empty()) {
        const auto place = read_place(cursor, identity, reasons.size());
        if (!place) return invalid_cursor();
        begin = *place;
    }
    DuplicatePage page;
    app_.read(tenant, [&](pqxx::transaction_base& transaction) {
        page = {};
        Place last = begin;
        for (Place at = begin; at.reason < reasons.size();) {
            const ReasonQuery query(tenant, caller, kind, reasons, at, limit + 1);
            const pqxx::result rows = transaction.exec_params(
                query.sql(), pqxx::prepare::make_dynamic_params(query.values()));
            std::size_t values = 0;
            std::string value;
            for (const pqxx::row& row : rows) {
                if (values == 0 || row[0].as<std::string>() != value) ++values;
                value = row[0].as<std::string>();
                if (row[2].is_null() || is_known(row, at.reason)) continue;
                if (page.groups.size() == limit) {
                    page.next = write_cursor(
                        identity, {std::to_string(last.reason), last.value, last.company});
                    return;
                }
                page.groups.push_back(group_of(row, reasons));
                last = {at.reason, value, row[1].as<std::string>()};
            }
            at = values <= limit ? Place{at.reason + 1, "", ""}
                                 : Place{at.reason, value, behind_all};
        }
    });
    return page;
}

} // namespace throughline
