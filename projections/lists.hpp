#pragma once
#include "bus/database.hpp"
#include "domain/identity/caller.hpp"
#include "domain/record/change.hpp"
#include "projections/filter.hpp"
#include "projections/prepared_names.hpp"
#include "projections/projection.hpp"

#include <functional>
#include <optional>

namespace throughline {

/// The list of one kind of record: table `list_<kind>`, one typed column a field in the form in
/// which it compares (text case folded, addresses and numbers normal), the words for q=, and the
/// state as JSON text for the answer. Deleted records leave the table. A number without a country
/// code is one of the region that its tenant has, and follows it.
class ListProjection : public Projection {
  public:
    explicit ListProjection(const Kind& kind) : kind_(kind) {}
    [[nodiscard]] std::string name() const override; // "list_contact"
    [[nodiscard]] std::vector<std::string> tables() const override;
    void create_tables(pqxx::transaction_base& owner) override;
    void create_indexes(pqxx::transaction_base& owner) override;
    [[nodiscard]] bool concerns(const StoredEvent& event) const override;
    void apply(pqxx::transaction_base& transaction, std::span<const StoredEvent> events) override;

  private:
    const Kind& kind_;
};

struct ListItem {
    Uuid id;
    std::int64_t version = 0;
    std::string state; // as state_text wrote it
};
[[nodiscard]] Record record_of(const Kind& kind, const ListItem& item);

struct ListPage {
    std::vector<ListItem> items;
    std::optional<std::string> next;   // cursor
    std::optional<std::int64_t> total; // exact to 10,000, then 10,000
    bool total_capped = false;
};

/// Queries of all lists, each of what its caller sees. Thread-safe; blocks on the database (role
/// app).
class Lists {
  public:
    explicit Lists(Database& app) : app_(app) {}
    /// One page. A cursor that does not belong to this sort is 400 invalid_cursor.
    [[nodiscard]] Result<ListPage> page(const Uuid& tenant, const Caller& caller, const Kind& kind,
                                        const ListRequest& request);
    /// How many of the rows that fit have each value of a field; those without one are left out.
    [[nodiscard]] std::vector<std::pair<std::string, std::int64_t>>
    counts(const Uuid& tenant, const Caller& caller, const Kind& kind, const ListRequest& request,
           const std::string& by);
    /// The ids of all that a request's filters take, by id; `most` and one more at most.
    [[nodiscard]] std::vector<Uuid> ids(const Uuid& tenant, const Caller& caller, const Kind& kind,
                                        const ListRequest& request, std::size_t most);
    /// For imports: the oldest record for each value of an email or metadata.external_id, in the
    /// order of `values` (already normal); nil where there is none.
    [[nodiscard]] std::vector<Uuid> find_by_email(const Uuid& tenant, const Caller& caller,
                                                  const Kind& kind,
                                                  const std::vector<std::string>& values);
    [[nodiscard]] std::vector<Uuid> find_by_external_id(const Uuid& tenant, const Caller& caller,
                                                        const Kind& kind,
                                                        const std::vector<std::string>& values);

  private:
    Database& app_;
    PreparedNames prepared_;
};

} // namespace throughline
