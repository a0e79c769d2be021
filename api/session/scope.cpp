#include "api/session/scope.hpp"

#include "domain/identity/api_key.hpp"
#include "domain/identity/caller.hpp"
#include "domain/identity/roles.hpp"

#include <algorithm>
#include <array>

namespace throughline {

namespace {

/// Routes that change who may come in, or who somebody is, or that tell a secret. A key that is
/// known to the wrong people must not make itself at home there.
bool takes_person(const Route& route) {
    constexpr std::array<std::string_view, 3> segments{"api-keys", "me", "users"};
    return route.path == "/events/tickets" || route.path == "/automations/signing-secret" ||
           (route.method != "GET" &&
            std::ranges::find(segments, first_segment(route.path)) != segments.end());
}

/// Logged and counted as the permission that the key does not have here.
Rejection refused(const Route& route, std::string detail) {
    Rejection rejection = forbidden(route.permission);
    rejection.detail = std::move(detail);
    return rejection;
}

} // namespace

std::string_view first_segment(std::string_view path) {
    path.remove_prefix(1);
    return path.substr(0, path.find('/'));
}

std::optional<Rejection> fault_of_scope(const Principal& caller, const Route& route) {
    if (caller.actor_type != "api_key") return std::nullopt;
    if (takes_person(route)) return refused(route, "This takes a person's token, not an API key.");
    if (is_in_scope(caller.scopes, route.method, first_segment(route.path))) return std::nullopt;
    return refused(route, "This is out of the API key's scopes.");
}

std::optional<Rejection> fault_of_role(const Principal& caller, const JsonObject& fields) {
    if (level_of(*fields.find("role")->string()) <= level_of(caller.role)) return std::nullopt;
    return invalid({{"/role", "invalid_choice", "A key's role is at most that of its maker."}});
}

} // namespace throughline
