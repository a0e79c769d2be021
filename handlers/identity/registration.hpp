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

/// A slug that nobody has, at the version of its stream.
struct FreeSlug {
    std::string text;
    std::int64_t version = 0;
};

/// The one command that makes a tenant and its owner and reserves slug and address: it passes only
/// if all five streams are as they were.
[[nodiscard]] Command founding_command(const Registration& registration, const FreeSlug& slug,
                                       const Founding& ids);

} // namespace throughline
