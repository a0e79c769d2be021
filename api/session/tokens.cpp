#include "api/session/tokens.hpp"

#include "api/session/jws.hpp"
#include "api/session/jwt_claims.hpp"
#include "domain/identity/user.hpp"

namespace throughline {

namespace {

constexpr std::string_view access_audience = "throughline";
constexpr std::string_view ticket_audience = "throughline:stream";

std::string sign(const Claims& claims, std::string_view audience, std::string_view secret) {
    JsonObject payload;
    payload.append("iss", token_issuer);
    payload.append("aud", audience);
    payload.append("sub", to_string(claims.user));
    payload.append("tenant_id", to_string(claims.tenant));
    payload.append("role", claims.role);
    payload.append("iat", claims.issued_at.time_since_epoch().count());
    payload.append("exp", claims.expires_at.time_since_epoch().count());
    payload.append("jti", to_string(claims.id));
    return sign_jws(to_text(payload), secret);
}

std::optional<Uuid> id_in(const Json& payload, std::string_view name) {
    return parse_uuid(payload.text(name));
}

std::optional<Claims> read_claims(std::string_view token, std::string_view audience,
                                  std::string_view secret, Time at) {
    auto verified = verify_jws(token, secret);
    if (!verified) return std::nullopt;
    const Json payload(std::move(*verified));
    if (fault_of_times(payload, at, std::chrono::seconds(0))) return std::nullopt;
    const auto user = id_in(payload, "sub");
    const auto tenant = id_in(payload, "tenant_id");
    const std::string role = payload.text("role");
    if (payload.text("iss") != token_issuer || !is_for(payload, audience) || !user || !tenant ||
        !is_role(role))
        return std::nullopt;
    return Claims{
        *user,
        *tenant,
        role,
        std::chrono::sys_seconds(std::chrono::seconds(payload.integer("iat").value_or(0))),
        expiry_of(payload),
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
