#pragma once
#include "bus/database.hpp"
#include "domain/identity/caller.hpp"
#include "domain/record/kind.hpp"
#include "domain/result.hpp"

#include <optional>
#include <string>
#include <vector>

namespace throughline {

/// Records that may be one and the same.
struct DuplicateGroup {
    std::vector<Uuid> ids; // the oldest first, at most 100
    double score = 0;      // over 0, under 1
    std::vector<std::string> reasons;
};

struct DuplicatePage {
    std::vector<DuplicateGroup> groups;
    std::optional<std::string> next; // cursor
};

/// What a kind's records are alike by: its email and phone fields in their normal forms, and its
/// name in the form in which it compares, within one company where it has one: that which it names
/// as text, else the organization that it refers to.
[[nodiscard]] bool has_duplicates(const Kind& kind);

/// Groups of records of a kind that are alike, of those that the caller sees: first those of one
/// email, then of one phone, then of one name; each set of records once, with all reasons that hold
/// for all of it. The score is 1 - (1 - w)(1 - w)… of the reasons' weights: email 0.9, phone 0.8,
/// name 0.6, and 0.4 for a name alone where the kind knows an organization and none is set. A page
/// passes once over an index at most. Thread-safe; blocks on the database (role app).
class Duplicates {
  public:
    explicit Duplicates(Database& app) : app_(app) {}
    /// A cursor of another list is 400 invalid_cursor.
    [[nodiscard]] Result<DuplicatePage> page(const Uuid& tenant, const Caller& caller,
                                             const Kind& kind, std::size_t limit,
                                             const std::string& cursor);

  private:
    Database& app_;
};

} // namespace throughline
