#include "projections/lists.hpp"

#include "bus/pg_text.hpp"
#include "domain/money.hpp"
#include "domain/record/state_members.hpp"
#include "domain/text.hpp"
#include "projections/cursor.hpp"
#include "projections/list_columns.hpp"
#include "projections/list_scope.hpp"
#include "projections/offset_page.hpp"
#include "projections/past_list.hpp"
#include "projections/table.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <charconv>

namespace throughline {

namespace {

constexpr std::size_t most_member_digits = 350; // 40 of them, and an exponent within ±308

struct OrderKey {
    ListColumn column;
    bool descending;
};

/// Newest first where nothing is asked. The id is the last key, in the direction of the one before,
/// so that one index serves both directions.
std::vector<OrderKey> order_keys(const Kind& kind, const std::vector<SortKey>& sort) {
    std::vector<OrderKey> keys;
    for (const auto& [field, descending] :
         sort.empty() ? std::vector<SortKey>{{"created_at", true}} : sort) {
        keys.push_back({list_column(kind, field).value(), descending});
        if (field == "id") return keys;
    }
    keys.push_back({list_column(kind, "id").value(), keys.back().descending});
    return keys;
}

/// What a cursor is good for.
std::string identity_of(const Kind& kind, const ListRequest& request) {
    JsonArray parts{Json(kind.name)};
    for (const auto& [field, descending] : request.sort)
        parts.push_back((descending ? "-" : "+") + field);
    for (const Filter& filter : request.filters) {
        JsonArray values{Json(filter.field), Json(filter.metadata_key),
                         Json(static_cast<int>(filter.op))};
        values.insert(values.end(), filter.values.begin(), filter.values.end());
        parts.emplace_back(std::move(values));
    }
    parts.emplace_back(JsonArray(request.words.begin(), request.words.end()));
    if (request.finds_nothing) parts.emplace_back("nothing");
    return to_text(std::move(parts));
}

/// Of metadata a number is told with all its digits, be they written 1e50.
bool is_member(std::string_view value) {
    return is_plain_decimal(value.substr(value.starts_with('-') ? 1 : 0), most_member_digits,
                            most_member_digits) ||
           std::holds_alternative<Json>(read_json(value));
}

/// A cursor's keys come from outside: whether they can be compared with the columns.
bool fits(const OrderKey& key, const std::optional<std::string>& value) {
    if (!value) return key.column.is_nullable();
    std::int64_t number = 0;
    switch (key.column.type) {
    case ColumnType::uuid: return parse_uuid(*value).has_value();
    case ColumnType::time: {
        // As we write it: PostgreSQL knows fewer offsets than RFC 3339.
        const auto time = parse_rfc3339(*value);
        return time && to_rfc3339(*time) == *value;
    }
    case ColumnType::number: return read_decimal(*value).has_value();
    case ColumnType::date: return parse_date(*value).has_value();
    case ColumnType::member: return is_member(*value);
    case ColumnType::integer: {
        const char* const end = value->data() + value->size();
        const auto read = std::from_chars(value->data(), end, number);
        return read.ec == std::errc{} && read.ptr == end;
    }
    default: return true;
    }
}

/// As the API writes it.
std::optional<std::string> key_text(const ListColumn& column, const pqxx::field& field) {
    if (field.is_null()) return std::nullopt;
    std::string text(text_of(field));
    if (column.type != ColumnType::time) return text;
    text.replace(text.find(' '), 1, "T"); // 2026-03-08 06:00:00.25+00
    text.replace(text.rfind('+'), 3, "Z");
    return to_rfc3339(parse_rfc3339(text).value());
}

std::string key_text(const ListColumn& column, const ListItem& item) {
    if (column.name == "id") return to_string(item.id);
    if (column.name == "version") return std::to_string(item.version);
    const std::string_view quoted = StateMembers(item.state).value(column.name);
    return to_rfc3339(parse_rfc3339(quoted.substr(1, quoted.size() - 2)).value());
}

/// Whether one plan is right whatever the values are: no index could serve a condition better than
/// the one that gives the order. Planning such a page costs more than reading it.
bool planned_once(const Kind& kind, const ListRequest& request) {
    const auto is_member = [&](const SortKey& key) {
        return key.field.find('.') != std::string::npos;
    };
    if (std::ranges::any_of(request.sort, is_member)) return false; // each key is another statement
    return request.words.empty() && std::ranges::all_of(request.filters, [&](const Filter& filter) {
               const auto column = list_column(kind, filter.field);
               return filter.op == FilterOp::eq && column && column->is_scalar() &&
                      !column->has_index();
           });
}

/// The rows of a list in order, in one statement: what changes meanwhile is in all of the page or
/// in none of it. With one key that may be null, first the rows that have it, then those that have
/// not, so that each is a range of the index.
class PageQuery {
  public:
    PageQuery(const Uuid& tenant, const Caller& caller, const Kind& kind,
              const ListRequest& request, const std::vector<OrderKey>& keys,
              const CursorKeys& after, PreparedNames& prepared)
        : tables_(tables_of(kind, request)), keys_(keys), after_(after), limit_(request.limit),
          prepared_(prepared), has_one_plan_(!request.as_of && planned_once(kind, request)),
          in_one_index_(keys.size() == 1 ||
                        (keys.size() == 2 && keys.front().descending == keys.back().descending)) {
        where_ = list_scope(tenant, caller, kind, request, parameters_);
        // Some own many rows, some few.
        if (!caller.sees_all()) has_one_plan_ = false;
    }

    struct Found {
        std::vector<ListItem> items; // one more than the page holds, where there is one
        CursorKeys keys = {};        // of the page's last item
    };
    Found find(pqxx::transaction_base& transaction) const {
        if (!in_one_index_) return select(transaction, after_in_order(), "");
        if (!keys_.front().column.is_nullable()) return select(transaction, after_in_index(), "");
        const std::string key = keys_.front().column.sql_order();
        const bool is_past_values = !after_.empty() && !after_.front();
        if (is_past_values) return select(transaction, after_among_nulls(), key + " is null");
        return select(transaction, after_in_index(), key + " is not null", key + " is null");
    }

    std::int64_t count(pqxx::transaction_base& transaction) const {
        std::string rows;
        for (const std::string& table : tables_)
            rows += (rows.empty() ? "" : " union all ") + ("(select 1 from " + table) + " where " +
                    where_ + " limit " + std::to_string(most_counted + 1) + ")";
        return transaction
            .exec_params("select count(*) from (" + rows + ") as counted",
                         pqxx::prepare::make_dynamic_params(parameters_.values()))[0][0]
            .as<std::int64_t>();
    }

  private:
    struct Condition {
        std::string sql;
        std::vector<std::string> values;
    };

    /// The rows of one part of the list that are behind what the condition names, then those of
    /// another part. PostgreSQL begins to read that only where the first does not fill the page.
    Found select(pqxx::transaction_base& transaction, const Condition& after,
                 const std::string& part, const std::string& next_part = "") const {
        std::vector<std::string> values = parameters_.values();
        values.insert(values.end(), after.values.begin(), after.values.end());
        std::string sql = page_of(where_ + (part.empty() ? "" : " and " + part) +
                                  (after.sql.empty() ? "" : " and " + after.sql));
        if (!next_part.empty())
            sql = "select * from ((" + sql + ") union all (" +
                  page_of(where_ + " and " + next_part) + ")) as page limit " + wanted();
        const auto given = pqxx::prepare::make_dynamic_params(values);
        const std::string name = has_one_plan_ ? prepared_.name_of(sql) : std::string();
        if (!name.empty()) transaction.conn().prepare(name, sql);
        const pqxx::result result = name.empty() ? transaction.exec_params(sql, given)
                                                 : transaction.exec_prepared(name, given);
        Found found;
        found.items.reserve(limit_ + 1);
        for (const pqxx::row& row : result) {
            auto cell = row.begin(); // each row[n] would share the result once more
            ListItem& item = found.items.emplace_back();
            item.id = uuid_of(text_of(*cell));
            item.version = (*++cell).as<std::int64_t>();
            item.state = text_of(*++cell);
            if (found.items.size() == limit_) found.keys = keys_of(row, item);
        }
        return found;
    }

    [[nodiscard]] std::string wanted() const { return std::to_string(limit_ + 1); }

    /// An item tells what is no field itself; other keys are selected beside it. All are where rows
    /// of several tables are put in order.
    [[nodiscard]] bool is_selected(const ListColumn& column) const {
        return column.field != nullptr || tables_.size() > 1;
    }

    CursorKeys keys_of(const pqxx::row& row, const ListItem& item) const {
        CursorKeys keys;
        int selected = 3; // behind id, version, state
        for (const OrderKey& key : keys_) {
            const auto text = is_selected(key.column) ? key_text(key.column, row[selected++])
                                                      : key_text(key.column, item);
            keys.push_back(text);
        }
        return keys;
    }

    /// Each table gives as many rows in order, by its indexes, and the first of all are the page.
    std::string page_of(const std::string& where) const {
        std::string columns;
        std::string order;
        std::string order_of_all;
        for (std::size_t i = 0; i < keys_.size(); ++i) {
            const auto& [column, descending] = keys_[i];
            const std::string alias = "key_" + std::to_string(i);
            const std::string direction =
                std::string(descending ? " desc" : "") +
                (!in_one_index_ && column.is_nullable() ? " nulls last" : "");
            if (is_selected(column)) columns += ", " + column.sql_order() + " as " + alias;
            order += (i > 0 ? ", " : "") + column.sql_order() + direction;
            order_of_all += (i > 0 ? ", " : "") + alias + direction;
        }
        std::string all;
        for (const std::string& table : tables_) {
            const std::string page = "select id, version, state" + columns + " from " + table +
                                     " where " + where + " order by " + order + " limit " +
                                     wanted();
            if (tables_.size() == 1) return page;
            all += (all.empty() ? "(" : " union all (") + page + ")";
        }
        return "select * from (" + all + ") as parts order by " + order_of_all + " limit " +
               wanted();
    }

    static std::vector<std::string> tables_of(const Kind& kind, const ListRequest& request) {
        if (!request.as_of) return {list_table(kind)};
        auto [unchanged, changed] = past_list_parts(kind);
        return {std::move(unchanged), std::move(changed)};
    }

    std::string add(Condition& condition, std::size_t key) const {
        condition.values.push_back(*after_[key]);
        return "$" + std::to_string(parameters_.values().size() + condition.values.size()) +
               "::" + keys_[key].column.sql_type();
    }

    /// (key, id) > (…): a range of the index.
    Condition after_in_index() const {
        Condition condition;
        if (after_.empty()) return condition;
        std::string names;
        std::string values;
        for (std::size_t i = 0; i < keys_.size(); ++i) {
            names += (i > 0 ? ", " : "") + keys_[i].column.sql_order();
            values += (i > 0 ? ", " : "") + add(condition, i);
        }
        condition.sql =
            "(" + names + ")" + (keys_.front().descending ? " < " : " > ") + "(" + values + ")";
        return condition;
    }

    Condition after_among_nulls() const {
        Condition condition;
        condition.sql =
            std::string("id") + (keys_.front().descending ? " < " : " > ") + add(condition, 1);
        return condition;
    }

    /// Any keys in any directions, nulls last: equal in the first n, and behind in the next.
    Condition after_in_order() const {
        Condition condition;
        if (after_.empty()) return condition;
        std::string equal;
        for (std::size_t i = 0; i < keys_.size(); ++i) {
            const auto& [column, descending] = keys_[i];
            const std::string name = column.sql_order();
            const std::string value = after_[i] ? add(condition, i) : "";
            if (after_[i])
                condition.sql += (condition.sql.empty() ? "(" : " or (") + equal + "(" + name +
                                 (descending ? " < " : " > ") + value +
                                 (column.is_nullable() ? " or " + name + " is null" : "") + "))";
            equal += name + (after_[i] ? " = " + value : " is null") + " and ";
        }
        condition.sql = "(" + condition.sql + ")";
        return condition;
    }

    std::vector<std::string> tables_;
    const std::vector<OrderKey>& keys_;
    const CursorKeys& after_;
    std::size_t limit_;
    PreparedNames& prepared_;
    bool has_one_plan_;
    bool in_one_index_; // of (key, id), read in one direction
    SqlParameters parameters_;
    std::string where_;
};

} // namespace

Record record_of(const Kind& kind, const ListItem& item) {
    return record_from_state(kind, item.state, item.version, false);
}

Result<ListPage> Lists::page(const Uuid& tenant, const Caller& caller, const Kind& kind,
                             const ListRequest& request) {
    const std::vector<OrderKey> keys = order_keys(kind, request.sort);
    const std::string identity = identity_of(kind, request);
    CursorKeys after;
    if (!request.cursor.empty()) {
        auto read = read_cursor(request.cursor, identity, keys.size());
        if (!read || !std::ranges::equal(keys, *read, fits)) return invalid_cursor();
        after = std::move(*read);
    }
    const PageQuery query(tenant, caller, kind, request, keys, after, prepared_);
    ListPage page;
    const auto read = [&](pqxx::transaction_base& transaction) {
        page = {};
        PageQuery::Found found = query.find(transaction);
        page.items = std::move(found.items);
        if (page.items.size() > request.limit) {
            page.items.pop_back();
            page.next = write_cursor(identity, found.keys);
        }
        if (request.count) {
            const std::int64_t total = query.count(transaction);
            page.total = std::min(total, most_counted);
            page.total_capped = total > most_counted;
        }
    };
    if (!request.as_of) {
        app_.read(tenant, read);
        return page;
    }
    app_.write(tenant, [&](pqxx::transaction_base& transaction) {
        open_past_list(transaction, tenant, kind, *request.as_of);
        read(transaction);
    });
    return page;
}

} // namespace throughline
