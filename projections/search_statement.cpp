#include "projections/search_statement.hpp"

#include "projections/table.hpp"
#include "projections/ts_query.hpp"

#include <charconv>

namespace throughline {

namespace {

constexpr int most_ranked = 10'000;
constexpr int ranked_of_more = 1'000;
constexpr std::string_view nothing = " and false";
constexpr std::string_view best_first =
    " order by points desc, updated_at desc, kind desc, id desc";

std::string any_of(const std::vector<std::string>& terms) {
    std::string query;
    for (const std::string& term : terms)
        query += (query.empty() ? "(" : " | ") + quoted_word(term);
    return query + ")";
}

int number_of(const std::string& text) {
    int number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

} // namespace

SearchStatement::SearchStatement(const Uuid& tenant, const Caller& caller,
                                 const SearchRequest& request, const CursorKeys& after)
    : terms_(tenant), words_(request.words) {
    where_ = "tenant_id = " + parameters_.add(to_string(tenant)) + "::uuid";
    select(caller, request);
    narrow(caller, request);
    if (!after.empty()) go_on(after);
    const std::string title = newest(std::to_string(all_points()), title_query(), after_title_);
    const std::string whole = newest(whole_points(), whole_query(), after_whole_);
    const std::string begun = newest(begun_points(), whole_query() + ":*", "");
    // An Append gives the rows of its parts one after the other, and its Limit stops it.
    parts_ = "with title as materialized (" + title + "), whole as materialized (" + whole +
             "), begun as materialized (" + begun +
             "), page as materialized (select * from title union all " +
             ranked("whole", all_points()) + " union all " + ranked("begun", 3 * words()) +
             " limit " + std::to_string(request.limit + 1) + ")";
    sql_ = parts_ +
           " select points, (extract(epoch from page.updated_at) * 1000000)::bigint, page.kind,"
           " page.id, state from page join search_texts as texts on texts.tenant_id = $1::uuid"
           " and texts.kind = page.kind and texts.id = page.id order by points desc,"
           " page.updated_at desc, page.kind desc, page.id desc";
}

void SearchStatement::select(const Caller& caller, const SearchRequest& request) {
    if (!caller.sees_all())
        where_ += " and (owners = '{}' or " + add_id(caller.user) + " = any(owners))";
    if (request.user) where_ += " and " + add_id(*request.user) + " = any(owners)";
    if (request.from) where_ += " and updated_at >= " + add_time(*request.from);
    if (request.to) where_ += " and updated_at < " + add_time(*request.to);
}

/// Whose and of which kind, for the index.
void SearchStatement::narrow(const Caller& caller, const SearchRequest& request) {
    if (!caller.sees_all())
        narrowed_ += " & " + any_of({terms_.owner(caller.user), terms_.nobody()});
    if (request.user) narrowed_ += " & " + quoted_word(terms_.owner(*request.user));
    if (request.kinds.empty()) return;
    std::vector<std::string> kinds;
    for (const std::string& each : request.kinds) kinds.push_back(terms_.kind(each));
    narrowed_ += " & " + any_of(kinds);
}

/// Parts that are behind are not read again.
void SearchStatement::go_on(const CursorKeys& after) {
    const std::string place = parameters_.add(*after[SearchColumn::updated_at]) +
                              "::timestamptz, " + parameters_.add(*after[SearchColumn::kind]) +
                              "::text, " + parameters_.add(*after[SearchColumn::id]) + "::uuid)";
    const int reached = number_of(*after[SearchColumn::points]);
    after_ = " and (points, updated_at, kind, id) < (" + std::to_string(reached) + ", " + place;
    after_title_ = reached == all_points() ? " and (updated_at, kind, id) < (" + place : nothing;
    if (reached < 3 * words()) after_whole_ = nothing;
}

/// The newest that the index finds. Were their limit a page, PostgreSQL would go through all times
/// for words that are not frequent enough for that.
std::string SearchStatement::newest(const std::string& points, const std::string& query,
                                    const std::string& after) {
    return "select " + points + " as points, kind, id, updated_at from search where " + where_ +
           " and " + has(query + narrowed_) + after +
           " order by tenant_id desc, updated_at desc, kind desc, id desc limit " +
           std::to_string(most_ranked + 1);
}

/// The best of a part, of those with less points than belong to the part before.
std::string SearchStatement::ranked(const std::string& part, int below) const {
    return "(select * from (select * from " + part + " limit case when (select count(*) from " +
           part + ") > " + std::to_string(most_ranked) + " then " + std::to_string(ranked_of_more) +
           " else " + std::to_string(most_ranked) + " end) as ranked where points < " +
           std::to_string(below) + after_ + std::string(best_first) + ")";
}

std::string SearchStatement::whole_query() const {
    std::string query;
    for (const std::string& word : words_)
        query += (query.empty() ? "" : " & ") + quoted_word(terms_.word(word));
    return query;
}

std::string SearchStatement::title_query() const {
    std::string query;
    for (const std::string& word : words_)
        query += (query.empty() ? "" : " & ") + quoted_word(terms_.title_word(word));
    return query;
}

std::string SearchStatement::whole_points() {
    std::string sql = std::to_string(2 * words());
    for (const std::string& word : words_) sql += " + " + points_of(word, false);
    return sql;
}

/// All points where the last word is whole: such a record is in a part before.
std::string SearchStatement::begun_points() {
    std::string sql = "case when " + has(quoted_word(terms_.word(words_.back()))) + " then " +
                      std::to_string(all_points()) + " else 0";
    for (const std::string& word : words_) sql += " + " + points_of(word, &word == &words_.back());
    return sql + " end";
}

std::string SearchStatement::points_of(const std::string& word, bool is_begun) {
    const std::string operand = quoted_word(terms_.title_word(word)) + (is_begun ? ":*" : "");
    return "case when " + has(operand) + " then 2 else 1 end";
}

std::string SearchStatement::has(const std::string& operand) {
    return "words @@ " + parameters_.add(operand) + "::tsquery";
}

std::string SearchStatement::add_id(const Uuid& user) {
    return parameters_.add(to_string(user)) + "::uuid";
}

std::string SearchStatement::add_time(Time time) {
    return parameters_.add(pg_time(time)) + "::timestamptz";
}

} // namespace throughline
