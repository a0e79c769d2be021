#include "api/session/external_tokens.hpp"
#include "api/session/jws.hpp"
#include "tests/support/signing_key.hpp"

#include <doctest/doctest.h>

using namespace throughline;
using namespace std::chrono_literals;

namespace {

const std::string secret = "the project's secret, as Supabase shows it";
const Time noon{std::chrono::seconds(1'770'000'000)};
const std::int64_t at_noon = noon.time_since_epoch() / 1s;

/// As Supabase makes them.
JsonObject supabase_claims() {
    return {{"iss", "https://project.supabase.co/auth/v1"},
            {"aud", "authenticated"},
            {"exp", at_noon + 3600},
            {"iat", at_noon},
            {"sub", "7c1d1f0e-9a4b-4f0e-8f3e-0d6f5f3f2a11"},
            {"email", "ada@example.com"},
            {"phone", ""},
            {"app_metadata",
             JsonObject{{"provider", "email"}, {"role", "manager"}, {"tenant_id", "acme"}}},
            {"user_metadata", JsonObject{{"full_name", "Ada Lovelace"}}},
            {"role", "authenticated"},
            {"aal", "aal1"},
            {"session_id", "b4b9d0b1-2c0e-4a5d-9c2a-7b0c3f1f7a55"},
            {"is_anonymous", false}};
}

JsonObject with(std::string_view name, Json value) {
    JsonObject claims = supabase_claims();
    claims.erase(name);
    if (!value.is_null()) claims.append(name, std::move(value));
    return claims;
}

Result<ExternalTokens::Claims> read(const JsonObject& claims, ExternalTokenRules rules = {},
                                    Time at = noon) {
    return ExternalTokens(std::move(rules), secret, nullptr)
        .verify(sign_jws(to_text(claims), secret), at);
}

ExternalIdentity who(const JsonObject& claims, ExternalTokenRules rules = {}) {
    const auto read_claims = read(claims, std::move(rules));
    REQUIRE(read_claims.has_value());
    return read_claims->who;
}

} // namespace

TEST_CASE("a token of Supabase says who it is for, with which role, in which tenant") {
    const ExternalIdentity ada = who(supabase_claims());
    CHECK(ada.subject == "7c1d1f0e-9a4b-4f0e-8f3e-0d6f5f3f2a11");
    CHECK(ada.email == "ada@example.com");
    CHECK(ada.name == "Ada Lovelace");
    CHECK(ada.role == "manager");
    CHECK(ada.tenant == "acme");
    CHECK(ada.is_verified);
    CHECK(read(supabase_claims())->expires_at >=
          std::chrono::sys_seconds(1h + noon.time_since_epoch() / 1s * 1s));
}

TEST_CASE(
    "the role is app_metadata's, else the token's own, and never the other's where it is wrong") {
    CHECK(who(with("app_metadata", JsonObject{{"tenant_id", "acme"}})).role == "authenticated");
    JsonObject direct = with("app_metadata", JsonObject{{"tenant_id", "acme"}});
    direct.set("role", "viewer");
    CHECK(who(direct).role == "viewer");
    CHECK(who(with("app_metadata", JsonObject{{"role", 7}})).role.empty());
    CHECK(who(with("app_metadata", "text")).tenant.empty());
}

TEST_CASE("names of claims are the operator's to choose") {
    ExternalTokenRules rules;
    rules.role_claims = {"https://example.com/role", "realm.access.role"};
    rules.tenant_claims = {"org"};
    rules.email_claims = {"mail", "email"};
    JsonObject claims = with("org", "acme-2");
    claims.append("realm", JsonObject{{"access", JsonObject{{"role", "viewer"}}}});
    CHECK(who(claims, rules).role == "viewer");
    CHECK(who(claims, rules).tenant == "acme-2");
    CHECK(who(claims, rules).email == "ada@example.com");
    claims.append("https://example.com/role", "admin");
    CHECK(who(claims, rules).role == "admin");
}

TEST_CASE(
    "issuer and audience are checked where they are set, and our own issuer is nobody else's") {
    ExternalTokenRules rules;
    rules.issuer = "https://project.supabase.co/auth/v1";
    rules.audience = "authenticated";
    CHECK(read(supabase_claims(), rules).has_value());
    CHECK(read(with("aud", JsonArray{"x", "authenticated"}), rules).has_value());
    CHECK_FALSE(read(with("iss", "https://other.supabase.co/auth/v1"), rules).has_value());
    CHECK_FALSE(read(with("iss", nullptr), rules).has_value());
    CHECK_FALSE(read(with("aud", "other"), rules).has_value());
    CHECK_FALSE(read(with("aud", nullptr), rules).has_value());
    CHECK_FALSE(read(with("iss", "throughline")).has_value());
}

TEST_CASE("claims that are missing, wrong or out of time are refused") {
    const std::vector<std::pair<std::string, Json>> wrong{{"exp", nullptr},
                                                          {"exp", std::to_string(at_noon + 60)},
                                                          {"exp", at_noon - 60},
                                                          {"exp", -1},
                                                          {"nbf", at_noon + 61},
                                                          {"iat", at_noon + 3600},
                                                          {"sub", nullptr},
                                                          {"sub", ""},
                                                          {"sub", 7},
                                                          {"sub", std::string(256, 's')},
                                                          {"email", "ada"},
                                                          {"email", "ada@"}};
    for (const auto& [name, value] : wrong)
        CHECK_FALSE_MESSAGE(read(with(name, value)).has_value(), name << " = " << to_text(value));
    CHECK(read(with("exp", at_noon - 59)).has_value()); // their clock is not ours
    for (const Json& yes : {Json(true), Json("true")})
        CHECK_MESSAGE(who(with("email_verified", yes)).is_verified, to_text(yes));
    for (const Json& no : {Json(false), Json("false"), Json(0), Json(1), Json("")})
        CHECK_FALSE_MESSAGE(who(with("email_verified", no)).is_verified, to_text(no));
    JsonObject unsaid = supabase_claims();
    unsaid.append("email_verified", nullptr);
    CHECK_FALSE(who(unsaid).is_verified);
    CHECK(who(with("name", nullptr)).name == "Ada Lovelace");
    CHECK(who(with("user_metadata", nullptr)).name == "ada");
    CHECK(who(with("email", "")).email.empty()); // as of whoever signs in by telephone
    CHECK(who(with("email", nullptr)).email.empty());
}

TEST_CASE("only the secret's and the provider's signatures count, each for its algorithm") {
    const SigningKey key = SigningKey::ec();
    ProviderKeys keys([&] {
        return key_set_text(
            {key.jwk("k1"), JsonObject{{"kty", "oct"}, {"k", std::string(43, 'A')}}});
    });
    const ExternalTokens both({}, secret, &keys);
    const ExternalTokens neither({}, "", nullptr);
    const std::string claims = to_text(supabase_claims());
    CHECK(both.verify(key.token("k1", supabase_claims()), noon).has_value());
    CHECK(both.verify(sign_jws(claims, secret), noon).has_value());
    CHECK_FALSE(both.verify(sign_jws(claims, std::string(32, '\0')), noon).has_value());
    CHECK_FALSE(
        both.verify(sign_jws(claims, "another secret of thirty-two bytes!"), noon).has_value());
    CHECK_FALSE(both.verify(SigningKey::ec().token("k1", supabase_claims()), noon).has_value());
    CHECK_FALSE(ExternalTokens({}, secret, nullptr)
                    .verify(key.token("k1", supabase_claims()), noon)
                    .has_value());
    CHECK_FALSE(neither.verify(sign_jws(claims, secret), noon).has_value());
    const auto typed = [&](const std::string& type) {
        return both
            .verify(key.token(R"({"alg":"ES256","kid":"k1","typ":")" + type + R"("})", claims),
                    noon)
            .has_value();
    };
    CHECK(typed("JWT"));
    CHECK(typed("at+jwt"));
    CHECK_FALSE(typed("secevent+jwt"));
}
