#include "domain/identity/caller.hpp"

namespace throughline {

bool Caller::may(Permission permission, Bond bond) const {
    return level >= grant_of(permission).least(bond);
}

bool Caller::sees_all() const {
    return may(others_hidden ? Permission::records_read_hidden : Permission::records_read);
}

bool Caller::sees(Bond bond) const {
    return bond == Bond::others ? sees_all() : may(Permission::records_read, bond);
}

Rejection forbidden(Permission missing) {
    return {Refusal::forbidden,
            "Your role lacks the permission " + std::string(grant_of(missing).name) + ".",
            {},
            {},
            missing};
}

Rejection hidden(const std::string& kind) {
    Rejection rejection = no_such(kind);
    rejection.denied = Permission::records_read_hidden;
    return rejection;
}

std::optional<Rejection> denial(const Caller& caller, Permission wanted, Bond bond,
                                const std::string& kind) {
    if (!caller.sees(bond)) return hidden(kind);
    if (!caller.may(wanted, bond)) return forbidden(wanted);
    return std::nullopt;
}

} // namespace throughline
