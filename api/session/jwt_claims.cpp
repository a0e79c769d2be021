#include "api/session/jwt_claims.hpp"

namespace throughline {

namespace {

constexpr std::int64_t last_second = 253'402'300'799; // of the year 9999
constexpr std::int64_t clock_skew_seconds = 60;

/// Whether a time that may be missing is a whole number of seconds, not later than `latest`.
bool is_past(const Json& claims, std::string_view name, std::int64_t latest) {
    if (claims.find(name) == nullptr) return true;
    const auto seconds = claims.integer(name);
    return seconds && *seconds >= 0 && *seconds <= latest;
}

} // namespace

std::optional<std::string> fault_of_times(const Json& claims, Time at,
                                          std::chrono::seconds leeway) {
    const std::int64_t now =
        std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
    const auto expires = claims.integer("exp");
    if (!expires || *expires < 0 || *expires > last_second)
        return "`exp` is not a whole number of seconds";
    if (*expires <= now - leeway.count()) return "`exp` has passed";
    for (const char* name : {"nbf", "iat"})
        if (!is_past(claims, name, now + clock_skew_seconds))
            return std::string("`") + name + "` is not a whole number of seconds that have passed";
    return std::nullopt;
}

bool is_for(const Json& claims, std::string_view us) {
    const Json* audience = claims.find("aud");
    if (audience == nullptr) return false;
    if (const auto* several = audience->array()) {
        for (const Json& one : *several)
            if (one == Json(us)) return true;
        return false;
    }
    return *audience == Json(us);
}

std::chrono::sys_seconds expiry_of(const Json& claims) {
    return std::chrono::sys_seconds(std::chrono::seconds(claims.integer("exp").value()));
}

} // namespace throughline
