#pragma once
#include "bus/event.hpp"
#include "domain/identity/caller.hpp"
#include "domain/record/kind.hpp"
#include "projections/offset_page.hpp"
#include "projections/sql_parameters.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace pqxx {
class transaction_base;
} // namespace pqxx

namespace throughline {

/// Rows of a read model that stand for events by their position, newest first.
struct EventQuery {
    std::string table;
    std::string where; // SQL, with the tenant in it
    SqlParameters parameters;
    std::string identity; // what its cursors are good for
};

/// Events of one page; `page` lacks its items.
struct EventPage {
    std::vector<StoredEvent> events;
    OffsetPage page;
};

/// The position behind which a page begins, if it begins at a cursor. Its rejection:
/// invalid_cursor.
[[nodiscard]] Result<std::optional<std::int64_t>> position_of_cursor(const EventQuery& query,
                                                                     const OffsetRequest& request);
/// In the caller's transaction; `before` is from position_of_cursor.
[[nodiscard]] EventPage read_event_page(pqxx::transaction_base& transaction,
                                        const EventQuery& query, const OffsetRequest& request,
                                        std::optional<std::int64_t> before);

/// `{"id", "name", "email"}` of people of a tenant, as they are now; of API keys too, without
/// email.
using People = std::map<Uuid, JsonObject>;
[[nodiscard]] People read_people(pqxx::transaction_base& transaction, const Uuid& tenant,
                                 const std::vector<StoredEvent>& events);
/// Of the one who acted; null where that is no person of the tenant.
[[nodiscard]] Json actor_of(const StoredEvent& event, const People& people);

/// What streams of a tenant are called now, those alone that the caller sees.
[[nodiscard]] std::map<StreamKey, std::string> read_titles(pqxx::transaction_base& transaction,
                                                           const Uuid& tenant, const Caller& caller,
                                                           const Registry& registry,
                                                           const std::set<StreamKey>& streams);

} // namespace throughline
