#include "api/session/tokens.hpp"

#include "api/session/jws.hpp"
#include "domain/identity/user.hpp"

namespace throughline {

namespace {

constexpr std::string_view issuer = "throughline";
constexpr std::string_view access_audience = "throughline";
constexpr std::string_view ticket_audience = "throughline:stream";
constexpr std::int64_t last_second = 253'402'300'799; // of the year 9999
constexpr std::int64_t clock_skew_seconds = 60;

std::string sign(const Claims& claims, std::string_view audience, std::string_view secret) {
    JsonObject payload;
    payload.append("iss", issuer);
    payload.append("aud", audience);
    payload.append("sub", to_string(claims.user));
    payload.append("tenant_id", to_string(claims.tenant));
    payload.append("role", claims.role);
    payload.append("iat", claims.issued_at.time_since_epoch().count());
    payload.append("exp", claims.expires_at.time_since_epoch().count());
    payload.append("jti", to_string(claims.id));
    return sign_jws(to_text(payload), secret);
}

/// RFC 7519 section 4.1.3: one audience or several, of which we must be one.
bool is_for(const Json* audience, std::string_view us) {
    if (audience == nullptr) return false;
    if (const auto* several = audience->array()) {
        for (const Json& one : *several)
            if (one == Json(us)) return true;
        return false;
    }
    return *audience == Json(us);
}

std::optional<Uuid> id_in(const Json& payload, std::string_view name) {
    return parse_uuid(payload.text(name));
}

/// Whether a time that may be missing is a whole number of seconds, not later than `latest`.
bool is_past(const Json& payload, std::string_view name, std::int64_t latest) {
    if (payload.find(name) == nullptr) return true;
    const auto seconds = payload.integer(name);
    return seconds && *seconds >= 0 && *seconds <= latest;
}

std::optional<Claims> read_claims(std::string_view token, std::string_view audience,
                                  std::string_view secret, Time at) {
    auto verified = verify_jws(token, secret);
    if (!verified) return std::nullopt;
    const Json payload(std::move(*verified));
    const std::int64_t now =
        std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
    const auto expires = payload.integer("exp");
    if (!expires || *expires <= now || *expires > last_second ||
        !is_past(payload, "nbf", now + clock_skew_seconds) ||
        !is_past(payload, "iat", now + clock_skew_seconds))
        return std::nullopt;
    const auto user = id_in(payload, "sub");
    const auto tenant = id_in(payload, "tenant_id");
    const std::string role = payload.text("role");
    if (payload.text("iss") != issuer || !is_for(payload.find("aud"), audience) || !user ||
        !tenant || !is_role(role))
        return std::nullopt;
    return Claims{
        *user,
        *tenant,
        role,
        std::chrono::sys_seconds(std::chrono::seconds(payload.integer("iat").value_or(0))),
        std::chrono::sys_seconds(std::chrono::seconds(*expires)),
        id_in(payload, "jti").value_or(Uuid{})};
}

} // namespace

std::string Tokens::issue(const Claims& claims) const {
    return sign(claims, access_audience, secret_);
}

std::string Tokens::issue_ticket(const Claims& claims) const {
    return sign(claims, ticket_audience, secret_);
}

std::optional<Claims> Tokens::verify(std::string_view token, Time at) const {
    return read_claims(token, access_audience, secret_, at);
}

std::optional<Claims> Tokens::verify_ticket(std::string_view ticket, Time at) const {
    return read_claims(ticket, ticket_audience, secret_, at);
}

} // namespace throughline
