#pragma once
#include "bus/database.hpp"
#include "domain/identity/caller.hpp"
#include "domain/record/kind.hpp"
#include "domain/time.hpp"
#include "projections/projection.hpp"

#include <optional>
#include <string>
#include <vector>

namespace throughline {

/// Full-text search: table `search`, a narrow row a record of whatever kind, the terms it is found
/// by (SearchTerms) and whose it is; and `search_texts` with what of it is shown. Deleted records
/// leave both.
class SearchProjection : public Projection {
  public:
    explicit SearchProjection(const Registry& registry);
    [[nodiscard]] std::string name() const override { return "search"; }
    [[nodiscard]] std::vector<std::string> tables() const override {
        return {"search", "search_texts"};
    }
    void create_tables(pqxx::transaction_base& owner) override;
    void create_indexes(pqxx::transaction_base& owner) override;
    void apply(pqxx::transaction_base& transaction, std::span<const StoredEvent> events) override;

  private:
    std::vector<Kind> kinds_; // with the fields alone that are kept
};

struct SearchRequest {
    std::vector<std::string> words; // as query_words gives them: all must be found
    std::vector<std::string> kinds; // singular; empty: all
    std::optional<Uuid> user;       // whose: an owner or assignee
    std::optional<Time> from;       // of the last change, inclusive
    std::optional<Time> to;         // exclusive
    std::size_t limit = 50;
    std::string cursor;
};

struct SearchHit {
    StreamKey record;
    std::string title;
    JsonObject highlights; // by field: HTML, the found words in <mark>
    double score = 0;      // over 0, at most 1
    Time updated_at;
};

struct SearchPage {
    std::vector<SearchHit> hits;
    std::optional<std::string> next; // cursor
};

/// Of what its caller sees, best first: by score, then by the last change. Only the last word may
/// be a beginning. Of n words, one counts 2 where the title has it and 1 elsewhere; where the last
/// is whole, all of them count 2n more. The score is their share of 4n. Those with all words in the
/// title are all found. Where more than 10,000 have all words, the 1,000 of these that were changed
/// last are ranked and no others found; likewise with the last word a beginning.
/// Thread-safe; blocks on the database (role app).
class Search {
  public:
    Search(Database& app, const Registry& registry);
    /// A cursor of another search is 400 invalid_cursor.
    [[nodiscard]] Result<SearchPage> page(const Uuid& tenant, const Caller& caller,
                                          const SearchRequest& request);
    /// How many there are on all pages; `most` at most.
    [[nodiscard]] std::int64_t count(const Uuid& tenant, const Caller& caller,
                                     SearchRequest request, std::int64_t most);

  private:
    [[nodiscard]] const Kind& kept(const std::string& kind) const;
    Database& app_;
    std::vector<Kind> kinds_; // with the fields alone that are kept
};

/// The kinds that are searched, each with the fields alone that search keeps: those that are found
/// by or shown, and those that say whose it is.
[[nodiscard]] std::vector<Kind> searched_kinds(const Registry& registry);

} // namespace throughline
