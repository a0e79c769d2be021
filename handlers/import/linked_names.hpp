#pragma once
#include "handlers/import/row.hpp"
#include "handlers/import/row_command.hpp"

#include <set>
#include <span>

namespace throughline {

/// The records that rows link by name (organizations): looked up for many rows at once, and which
/// of them rows under way are making. Names found are good for one chunk of rows only, as records
/// are renamed and deleted meanwhile.
class LinkedNames {
  public:
    LinkedNames(EventStore& store, const Kind& kind, const Uuid& tenant)
        : store_(store), kind_(kind), tenant_(tenant) {}

    void look_up(std::span<const JsonObject* const> bodies);
    void forget() { known_.clear(); }
    [[nodiscard]] const KnownNames& known() const { return known_; }

    /// Whether a row under way is making a record that the body names.
    [[nodiscard]] bool are_under_way(const JsonObject& body) const;
    /// The row is under way from now on, until it is settled.
    void begun(RowCommand& row);
    void settled(const RowCommand& row);

  private:
    using Name = KnownNames::key_type;
    struct Written {
        Name name;
        std::string text;
    };
    [[nodiscard]] std::vector<Written> names_in(const JsonObject& body) const;

    EventStore& store_;
    const Kind& kind_;
    const Uuid tenant_;
    KnownNames known_;
    std::multiset<Name> under_way_;
};

} // namespace throughline
