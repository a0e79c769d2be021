#pragma once
#include "projections/cursor.hpp"
#include "projections/search.hpp"
#include "projections/search_terms.hpp"
#include "projections/sql_parameters.hpp"

namespace throughline {

/// Of a page's row; of a cursor, without `state`.
struct SearchColumn {
    enum : int { points, updated_at, kind, id, state };
};

/// The statement of one page of a search, with one row more where there is a next. It has three
/// parts, and each is read only where those before it do not fill the page: records with all words
/// in the title, newest first; the best of those that have all words; the best of those in which
/// the last word is a beginning. Of many matches of one part only the newest are ranked.
class SearchStatement {
  public:
    /// `after` is empty, or the keys of a page's last row.
    SearchStatement(const Uuid& tenant, const Caller& caller, const SearchRequest& request,
                    const CursorKeys& after);

    [[nodiscard]] const std::string& sql() const { return sql_; }
    /// How many rows that page has.
    [[nodiscard]] std::string count_sql() const { return parts_ + " select count(*) from page"; }
    [[nodiscard]] const std::vector<std::string>& values() const { return parameters_.values(); }
    /// What a record of the first part has.
    [[nodiscard]] int all_points() const { return 4 * words(); }

  private:
    [[nodiscard]] int words() const { return static_cast<int>(words_.size()); }
    void select(const Caller& caller, const SearchRequest& request);
    void narrow(const Caller& caller, const SearchRequest& request);
    void go_on(const CursorKeys& after);
    [[nodiscard]] std::string newest(const std::string& points, const std::string& query,
                                     const std::string& after);
    [[nodiscard]] std::string ranked(const std::string& part, int below) const;
    [[nodiscard]] std::string whole_query() const;
    [[nodiscard]] std::string title_query() const;
    [[nodiscard]] std::string whole_points();
    [[nodiscard]] std::string begun_points();
    [[nodiscard]] std::string points_of(const std::string& word, bool is_begun);
    [[nodiscard]] std::string has(const std::string& operand);
    [[nodiscard]] std::string add_id(const Uuid& user);
    [[nodiscard]] std::string add_time(Time time);

    SearchTerms terms_;
    const std::vector<std::string>& words_;
    SqlParameters parameters_;
    std::string where_;    // on each row
    std::string narrowed_; // the index's condition beside words
    std::string after_;    // a cursor, of the ranked parts
    std::string after_title_;
    std::string after_whole_;
    std::string parts_;
    std::string sql_;
};

} // namespace throughline
