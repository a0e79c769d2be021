#include "api/session/external_tokens.hpp"

#include "api/session/jwt_claims.hpp"
#include "api/session/tokens.hpp"
#include "domain/text.hpp"

#include <algorithm>
#include <array>

namespace throughline {

namespace {

constexpr std::chrono::seconds leeway{60}; // after `exp`: their clock is not ours
constexpr std::size_t most_subject = 255;

Rejection refused() { return {Refusal::unauthenticated, "A valid bearer token is needed."}; }

/// RFC 9068 section 2.1 and RFC 7519 section 5.1, in whatever case.
bool is_taken_type(const std::string& type) {
    constexpr std::array<std::string_view, 4> taken{"", "jwt", "at+jwt", "application/at+jwt"};
    return std::ranges::find(taken, case_folded(type)) != taken.end();
}

/// Null where it is not there.
Json claim(const Json& payload, std::string_view name) {
    if (const Json* const whole = payload.find(name)) return *whole;
    const auto dot = name.find('.');
    const Json* const outer =
        dot == std::string_view::npos ? nullptr : payload.find(name.substr(0, dot));
    return outer == nullptr ? Json() : claim(*outer, name.substr(dot + 1));
}

/// The text of the first of these claims that is there; empty where it is no text.
std::string text_of(const Json& payload, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        const Json value = claim(payload, name);
        if (!value.is_null()) return value.string() == nullptr ? std::string() : *value.string();
    }
    return {};
}

/// Of a provider that says nothing of it, yes; some say so in text.
bool is_verified(const Json& payload) {
    const Json* const verified = payload.find("email_verified");
    return verified == nullptr || *verified == Json(true) || *verified == Json("true");
}

std::string name_of(const Json& payload, const ExternalIdentity& who) {
    const std::string given =
        text_of(payload, {"name", "user_metadata.full_name", "user_metadata.name"});
    const std::string name = trimmed(given);
    if (!name.empty() && length_in_characters(name) <= 255) return name;
    return who.email.empty() ? who.subject : who.email.substr(0, who.email.find('@'));
}

} // namespace

ExternalTokens::ExternalTokens(ExternalTokenRules rules, const std::string& secret,
                               ProviderKeys* keys)
    : rules_(std::move(rules)), keys_(keys) {
    if (!secret.empty()) secret_.push_back(VerificationKey::of_secret(secret).value());
}

Result<bool> ExternalTokens::is_signed(const Jws& token) const {
    if (token.algorithm == "HS256") return is_signed_by(token, secret_);
    if (keys_ == nullptr) return false;
    const auto keys = keys_->keys_for(token);
    if (!keys)
        return Rejection{Refusal::unavailable,
                         "The keys of the identity provider cannot be had now."};
    return is_signed_by(token, *keys);
}

Result<ExternalTokens::Claims> ExternalTokens::verify(const std::string& token, Time at) const {
    if (secret_.empty() && keys_ == nullptr) return refused();
    const auto jws = read_jws(token);
    if (!jws || !is_taken_type(jws->type)) return refused();
    auto read_payload = read_json(jws->payload);
    const Json* const payload = std::get_if<Json>(&read_payload);
    // Cheap first: nobody makes us fetch keys with a token that says nothing.
    if (payload == nullptr || payload->object() == nullptr || fault_of_times(*payload, at, leeway))
        return refused();
    const auto is_genuine = is_signed(*jws);
    if (!is_genuine) return is_genuine.error();
    return *is_genuine ? read(*payload) : refused();
}

Result<ExternalTokens::Claims> ExternalTokens::read(const Json& payload) const {
    const std::string issuer = payload.text("iss");
    const bool is_ours = issuer == token_issuer;
    if (is_ours || (!rules_.issuer.empty() && issuer != rules_.issuer) ||
        (!rules_.audience.empty() && !is_for(payload, rules_.audience)))
        return refused();
    ExternalIdentity who;
    who.issuer = issuer;
    who.subject = payload.text("sub");
    who.email = trimmed(text_of(payload, rules_.email_claims));
    who.is_verified = is_verified(payload);
    who.name = name_of(payload, who);
    who.role = text_of(payload, rules_.role_claims);
    who.tenant = text_of(payload, rules_.tenant_claims);
    if (who.subject.empty() || who.subject.size() > most_subject ||
        (!who.email.empty() && !looks_like_email(who.email)))
        return refused();
    return Claims{std::move(who), expiry_of(payload) + leeway};
}

} // namespace throughline
