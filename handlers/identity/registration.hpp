#pragma once
#include "bus/event_store.hpp"
#include "domain/identity/forms.hpp"

#include <string>

namespace throughline {

/// Ids and clock of a registration: the same through all its attempts.
struct Founding {
    Uuid command;
    Uuid tenant;
    Uuid user;
    Time at{};
    std::string traceparent;
};

/// The one command that makes a tenant and its owner and reserves slug and address: it passes only
/// where nobody has, or ever had, either.
[[nodiscard]] Command founding_command(const Registration& registration, const std::string& slug,
                                       const Founding& ids);

} // namespace throughline
