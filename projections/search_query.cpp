#include "domain/search_query.hpp"
#include "bus/pg_text.hpp"
#include "domain/record/change.hpp"
#include "domain/text.hpp"
#include "projections/cursor.hpp"
#include "projections/search.hpp"
#include "projections/search_terms.hpp"
#include "projections/sql_parameters.hpp"
#include "projections/table.hpp"
#include "projections/ts_query.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <charconv>

namespace throughline {

namespace {

constexpr std::size_t most_ranked = 10'000;
constexpr std::size_t ranked_of_more = 1'000;
constexpr int most_points = 4; // of a word

// Of a page's row, and of a cursor.
enum Column : int { points, updated_at, kind, id, state };
constexpr std::size_t cursor_keys = 4;

/// What a cursor is good for.
std::string identity_of(const SearchRequest& request) {
    JsonArray kinds(request.kinds.begin(), request.kinds.end());
    return to_text(JsonArray{"search", JsonArray(request.words.begin(), request.words.end()),
                             std::move(kinds),
                             request.user ? Json(to_string(*request.user)) : Json(),
                             request.from ? Json(to_rfc3339(*request.from)) : Json(),
                             request.to ? Json(to_rfc3339(*request.to)) : Json()});
}

/// A cursor's keys come from outside: whether they can be compared.
bool fits(const CursorKeys& keys) {
    if (!std::ranges::all_of(keys, [](const auto& key) { return key.has_value(); })) return false;
    int number = 0;
    const std::string& text = *keys[points];
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    const auto time = parse_rfc3339(*keys[updated_at]);
    return read.ec == std::errc{} && read.ptr == text.data() + text.size() && time &&
           to_rfc3339(*time) == *keys[updated_at] && parse_uuid(*keys[id]);
}

std::string any_of(const std::vector<std::string>& terms) {
    std::string query;
    for (const std::string& term : terms)
        query += (query.empty() ? "(" : " | ") + quoted_word(term);
    return query + ")";
}

/// The statement of one page.
class PageQuery {
  public:
    PageQuery(const Uuid& tenant, const Caller& caller, const SearchRequest& request,
              const CursorKeys& after)
        : terms_(tenant), words_(request.words) {
        where_ = "tenant_id = " + parameters_.add(to_string(tenant)) + "::uuid";
        add_found(caller, request);
        if (!caller.sees_all())
            where_ += " and (owners = '{}' or " + add_id(caller.user) + " = any(owners))";
        if (request.user) where_ += " and " + add_id(*request.user) + " = any(owners)";
        if (request.from) where_ += " and updated_at >= " + add_time(*request.from);
        if (request.to) where_ += " and updated_at < " + add_time(*request.to);
        points_ = points_of_all();
        if (!after.empty())
            after_ = " where (points, updated_at, kind, id) < (" + parameters_.add(*after[points]) +
                     "::int, " + parameters_.add(*after[updated_at]) + "::timestamptz, " +
                     parameters_.add(*after[kind]) + "::text, " + parameters_.add(*after[id]) +
                     "::uuid)";
        limit_ = request.limit + 1;
    }

    /// The newest matches are found first, so that of many no more than a bounded number is looked
    /// at; of these the page is the best.
    [[nodiscard]] std::string sql() const {
        const std::string newest =
            "select kind, id, updated_at, " + points_ + " as points from search where " + where_ +
            " order by tenant_id desc, updated_at desc, kind desc, id desc limit " +
            std::to_string(most_ranked + 1);
        const std::string ranked = "select * from newest limit case when (select count(*) from"
                                   " newest) > " +
                                   std::to_string(most_ranked) + " then " +
                                   std::to_string(ranked_of_more) + " else " +
                                   std::to_string(most_ranked) + " end";
        const std::string order = " order by points desc, updated_at desc, kind desc, id desc";
        return "with newest as materialized (" + newest +
               "), page as materialized (select * from (" + ranked + ") as ranked" + after_ +
               order + " limit " + std::to_string(limit_) +
               ") select points, (extract(epoch from page.updated_at) * 1000000)::bigint, "
               "page.kind,"
               " page.id, state from page join search_texts as texts on texts.tenant_id = $1::uuid"
               " and texts.kind = page.kind and texts.id = page.id order by points desc,"
               " page.updated_at desc, page.kind desc, page.id desc";
    }
    [[nodiscard]] const std::vector<std::string>& values() const { return parameters_.values(); }

  private:
    [[nodiscard]] std::string add_id(const Uuid& user) {
        return parameters_.add(to_string(user)) + "::uuid";
    }
    [[nodiscard]] std::string add_time(Time time) {
        return parameters_.add(pg_time(time)) + "::timestamptz";
    }

    /// One condition for the index: the words, whose and of which kind.
    void add_found(const Caller& caller, const SearchRequest& request) {
        std::string query;
        for (const std::string& word : words_)
            query += (query.empty() ? "" : " & ") + quoted_word(terms_.word(word));
        query += ":*";
        if (!caller.sees_all())
            query += " & " + any_of({terms_.owner(caller.user), terms_.nobody()});
        if (request.user) query += " & " + quoted_word(terms_.owner(*request.user));
        if (!request.kinds.empty()) {
            std::vector<std::string> kinds;
            for (const std::string& each : request.kinds) kinds.push_back(terms_.kind(each));
            query += " & " + any_of(kinds);
        }
        where_ += " and words @@ " + parameters_.add(query) + "::tsquery";
    }

    [[nodiscard]] std::string has(const std::string& term) {
        return "words @@ " + parameters_.add(quoted_word(term)) + "::tsquery";
    }
    [[nodiscard]] std::string begins(const std::string& term) {
        return "words @@ " + parameters_.add(quoted_word(term) + ":*") + "::tsquery";
    }
    [[nodiscard]] std::string points_of_all() {
        std::string sql;
        for (const std::string& word : words_) {
            const bool is_last = &word == &words_.back();
            sql += "case when " + has(terms_.title_word(word)) + " then 4";
            if (is_last) sql += " when " + begins(terms_.title_word(word)) + " then 3";
            if (is_last) sql += " when " + has(terms_.word(word));
            sql += is_last ? " then 2 else 1 end" : " else 2 end + ";
        }
        return sql;
    }

    SearchTerms terms_;
    const std::vector<std::string>& words_;
    SqlParameters parameters_;
    std::string where_;
    std::string points_;
    std::string after_;
    std::size_t limit_ = 0;
};

/// What of a field is shown where the words were found.
std::optional<std::string> shown(const Field& field, const Json& value,
                                 const std::vector<std::string>& words) {
    if (const JsonArray* const items = value.array()) {
        std::string found;
        for (const Json& item : *items)
            if (item.string() != nullptr)
                if (const auto html = highlighted(*item.string(), words))
                    found += (found.empty() ? "" : ", ") + *html;
        return found.empty() ? std::nullopt : std::optional(std::move(found));
    }
    if (value.string() == nullptr) return std::nullopt;
    auto html = highlighted(*value.string(), words);
    if (html || field.type != FieldType::phone) return html;
    const std::vector<std::string> digits = search_words(normal_phone(*value.string()));
    const bool is_found = std::ranges::any_of(words, [&](const std::string& word) {
        return !digits.empty() && digits.front().starts_with(word);
    });
    return is_found ? std::optional(marked(*value.string())) : std::nullopt;
}

JsonObject highlights_of(const Kind& kind, const JsonObject& fields,
                         const std::vector<std::string>& words) {
    JsonObject all;
    const auto add = [&](const std::string& name, const Field& field, const Json& value) {
        if (auto html = shown(field, value, words)) all.append(name, std::move(*html));
    };
    for (const Field& field : kind.fields) {
        const Json* const value = fields.find(field.name);
        if (value == nullptr) continue;
        if (field.is_searchable) add(field.name, field, *value);
        if (field.type == FieldType::metadata && value->object() != nullptr)
            for (const auto& [key, member] : *value->object())
                add(field.name + "." + key, field, member);
    }
    return all;
}

CursorKeys keys_of(const pqxx::row& row) {
    return {row[points].as<std::string>(), to_rfc3339(time_of(row[updated_at])),
            row[kind].as<std::string>(), row[id].as<std::string>()};
}

} // namespace

Search::Search(Database& app, const Registry& registry)
    : app_(app), kinds_(searched_kinds(registry)) {}

const Kind& Search::kept(const std::string& name) const {
    return *std::ranges::find(kinds_, name, &Kind::name);
}

Result<SearchPage> Search::page(const Uuid& tenant, const Caller& caller,
                                const SearchRequest& request) {
    const std::string identity = identity_of(request);
    CursorKeys after;
    if (!request.cursor.empty()) {
        auto read = read_cursor(request.cursor, identity, cursor_keys);
        if (!read || !fits(*read)) return invalid_cursor();
        after = std::move(*read);
    }
    SearchPage page;
    if (request.words.empty() || !caller.sees(Bond::own)) return page;
    const PageQuery query(tenant, caller, request, after);
    const double all_points = most_points * static_cast<double>(request.words.size());
    app_.read(tenant, [&](pqxx::transaction_base& transaction) {
        page = {};
        const pqxx::result rows = transaction.exec_params(
            query.sql(), pqxx::prepare::make_dynamic_params(query.values()));
        for (const pqxx::row& row : rows) {
            if (page.hits.size() == request.limit) {
                page.next = write_cursor(identity, keys_of(rows[row.num() - 1]));
                break;
            }
            const Kind& of = kept(row[kind].as<std::string>());
            const Record record = record_from_state(of, text_of(row[state]), 1, false);
            page.hits.push_back({{of.name, uuid_of(text_of(row[id]))},
                                 title_of(of, record.fields),
                                 highlights_of(of, record.fields, request.words),
                                 row[points].as<int>() / all_points,
                                 time_of(row[updated_at])});
        }
    });
    return page;
}

} // namespace throughline
