#pragma once
#include "domain/id.hpp"
#include "domain/record/kind.hpp"

#include <map>
#include <set>
#include <span>
#include <string>

namespace pqxx {
class transaction_base;
} // namespace pqxx

namespace throughline {

struct StoredEvent;

/// Whether a list of the kind has numbers, which have a country code by the tenant's region where
/// they are written without one.
[[nodiscard]] bool has_numbers(const Kind& kind);

/// The regions of tenants as far as the list has folded the log: a part of its read model, of lists
/// with numbers alone. A row a tenant that ever chose a region.
[[nodiscard]] std::string list_regions_table(const Kind& kind);
/// A list from before it kept them, which is not new, begins with those that tenants have now.
void create_list_regions(pqxx::transaction_base& owner, const Kind& kind, bool is_new_list);

/// Takes over what events say of regions, and writes rows of the list whose numbers have another
/// form by that anew.
void fold_regions(pqxx::transaction_base& transaction, const Kind& kind,
                  std::span<const StoredEvent> events);

/// Of those among the tenants that have one.
[[nodiscard]] std::map<Uuid, std::string>
read_regions(pqxx::transaction_base& transaction, const Kind& kind, const std::set<Uuid>& tenants);

} // namespace throughline
