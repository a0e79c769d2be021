#pragma once
#include "bus/event_store.hpp"
#include "domain/result.hpp"
#include "domain/time.hpp"

#include <optional>
#include <string>
#include <vector>

namespace throughline {

/// Whose an address is, and the stream that says so.
struct AccountOfAddress {
    std::optional<Uuid> user;
    std::int64_t login_version = 0;
};
[[nodiscard]] AccountOfAddress account_of(EventStore& store, const std::string& email);

/// What makes `user` belong to one more tenant, beside the membership itself: the address reserved
/// and the account made, or the account's list of tenants made longer. `taken` where the address is
/// somebody else's.
[[nodiscard]] Result<std::vector<StreamWrite>>
joining_writes(EventStore& store, const Uuid& tenant, const std::string& email, const Uuid& user);

/// What tells that a person has a new password, or none, and `how` that came about: to the account,
/// and to each tenant by the membership there.
[[nodiscard]] std::vector<StreamWrite> password_writes(EventStore& store, const Uuid& user,
                                                       const std::string& how, Time at);

} // namespace throughline
