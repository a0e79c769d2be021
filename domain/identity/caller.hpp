#pragma once
#include "domain/id.hpp"
#include "domain/identity/roles.hpp"
#include "domain/result.hpp"

#include <limits>
#include <optional>
#include <string>

namespace throughline {

/// Who asks, as far as records are concerned. Nobody, who may do nothing, unless it says otherwise.
struct Caller {
    Uuid user;
    int level = 0;
    bool others_hidden = false; // the tenant's record_visibility is own

    /// The server itself, which may do everything.
    [[nodiscard]] static Caller system() { return {{}, std::numeric_limits<int>::max(), false}; }

    [[nodiscard]] bool may(Permission permission, Bond bond = Bond::own) const;
    /// Whether nothing is hidden, so that nothing need be looked at.
    [[nodiscard]] bool sees_all() const;
    [[nodiscard]] bool sees(Bond bond) const;
};

/// 403, with the permission that was missing.
[[nodiscard]] Rejection forbidden(Permission missing);
/// 404 for what is hidden from the caller, in the very words for what is not there.
[[nodiscard]] Rejection hidden(const std::string& kind);
/// Why the caller may not do that to a record of this kind, if so: hidden or forbidden.
[[nodiscard]] std::optional<Rejection> denial(const Caller& caller, Permission wanted, Bond bond,
                                              const std::string& kind);

} // namespace throughline
