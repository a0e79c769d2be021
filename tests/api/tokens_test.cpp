#include "api/session/jws.hpp"
#include "api/session/secret.hpp"
#include "api/session/tokens.hpp"
#include "bus/ids.hpp"
#include "domain/base64url.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>

using namespace throughline;

namespace {

const std::string secret = "0123456789abcdef0123456789abcdef";
const std::chrono::sys_seconds noon{std::chrono::seconds(1'770'000'000)};

Claims some_claims() {
    return {new_id(), new_id(), "member", noon, noon + std::chrono::hours(1), new_id()};
}

/// The payload of a good token with one member changed, or taken out where the value is null.
std::string signed_with(std::string_view name, const Json& value) {
    const std::string token = Tokens(secret).issue(some_claims());
    JsonObject payload = *verify_jws(token, secret);
    payload.erase(name);
    if (!value.is_null()) payload.append(name, value);
    return sign_jws(to_text(payload), secret);
}

bool accepts(const std::string& token) { return Tokens(secret).verify(token, noon).has_value(); }

std::string with_header(std::string_view header, std::string_view key = secret) {
    const std::string token = Tokens(secret).issue(some_claims());
    const std::string payload =
        token.substr(token.find('.') + 1, token.rfind('.') - token.find('.') - 1);
    return sign_segments(base64url(header) + "." + payload, key);
}

} // namespace

TEST_CASE("a token says what was put into it, until it expires") {
    const Tokens tokens(secret);
    const Claims claims = some_claims();
    const std::string token = tokens.issue(claims);
    CHECK(tokens.verify(token, noon) == claims);
    CHECK(tokens.verify(token, claims.expires_at - std::chrono::microseconds(1)).has_value());
    CHECK_FALSE(tokens.verify(token, claims.expires_at).has_value());
    CHECK_FALSE(Tokens("another secret of thirty-two bytes!").verify(token, noon).has_value());
    const JsonObject payload = *verify_jws(token, secret);
    for (const char* name : {"iss", "aud", "sub", "tenant_id", "role", "iat", "exp", "jti"})
        CHECK_MESSAGE(payload.contains(name), name);
}

TEST_CASE("a ticket opens streams and nothing else, and a token is no ticket") {
    const Tokens tokens(secret);
    const Claims claims = some_claims();
    const std::string ticket = tokens.issue_ticket(claims);
    CHECK(tokens.verify_ticket(ticket, noon) == claims);
    CHECK_FALSE(tokens.verify(ticket, noon).has_value());
    CHECK_FALSE(tokens.verify_ticket(tokens.issue(claims), noon).has_value());
}

TEST_CASE("claims that are missing, wrong or out of range are refused") {
    CHECK(accepts(signed_with("jti", nullptr)));
    CHECK(accepts(signed_with("iat", nullptr)));
    CHECK(accepts(signed_with("aud", JsonArray{"elsewhere", "throughline"})));
    CHECK(accepts(signed_with("nbf", noon.time_since_epoch().count())));
    for (const char* name : {"exp", "iss", "aud", "sub", "tenant_id", "role"})
        CHECK_FALSE_MESSAGE(accepts(signed_with(name, nullptr)), name);
    const std::int64_t now = noon.time_since_epoch().count();
    const std::vector<std::pair<std::string, Json>> wrong{
        {"exp", std::to_string(now + 60)},
        {"exp", JsonNumber{std::to_string(now + 60) + ".5"}},
        {"exp", -1},
        {"exp", now},
        {"exp", std::numeric_limits<std::int64_t>::max()},
        {"exp", JsonNumber{"1e300"}},
        {"exp", JsonArray{now + 60}},
        {"nbf", now + 3600},
        {"nbf", "soon"},
        {"iat", now + 3600},
        {"iat", "then"},
        {"iss", "someone-else"},
        {"iss", JsonArray{"throughline"}},
        {"aud", "someone-else"},
        {"aud", JsonArray{}},
        {"aud", JsonArray{JsonArray{"throughline"}}},
        {"role", "emperor"},
        {"role", "OWNER"},
        {"sub", "ada"},
        {"tenant_id", "acme"}};
    for (const auto& [name, value] : wrong)
        CHECK_FALSE_MESSAGE(accepts(signed_with(name, value)), name << " = " << to_text(value));
}

TEST_CASE("a header that asks for anything but HS256 is refused") {
    CHECK(accepts(with_header(R"({"alg":"HS256"})")));
    CHECK(accepts(with_header(
        R"({"alg":"HS256","typ":"JWT","kid":"../../etc/passwd","jku":"https://evil"})")));
    for (const char* header :
         {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":"nOnE"})", R"({"alg":"HS512"})",
          R"({"alg":"RS256"})", R"({"alg":"hs256"})", R"({"typ":"JWT"})", R"({"alg":["HS256"]})",
          R"({"alg":"HS256","typ":"JWE"})", R"({"alg":"HS256","crit":["exp"]})",
          R"({"alg":"HS256","crit":[]})", R"({"alg":"HS256","b64":false,"crit":["b64"]})",
          R"({"alg":"HS256","b64":true})", R"({"alg":"none","alg":"HS256"})", R"([])", R"("HS256")",
          "", "{"})
        CHECK_FALSE_MESSAGE(accepts(with_header(header)), header);
    CHECK_FALSE(accepts(with_header(R"({"alg":"HS256"})", "")));
    CHECK_FALSE(accepts(with_header(R"({"alg":"none"})", "")));
}

TEST_CASE("a token whose text was touched is refused") {
    const std::string token = Tokens(secret).issue(some_claims());
    const auto dot = token.rfind('.');
    REQUIRE(accepts(token));
    const std::vector<std::string> touched{"",
                                           ".",
                                           "..",
                                           token + "=",
                                           token + ".",
                                           "." + token,
                                           token + ".x",
                                           " " + token,
                                           token + "\n",
                                           token.substr(0, dot),
                                           token.substr(0, dot + 1),
                                           token.substr(0, token.size() - 1),
                                           token.substr(0, token.size() - 4),
                                           token + "AAAA",
                                           token.substr(0, dot) + "=" + token.substr(dot),
                                           R"({"payload":")" + token + R"("})",
                                           std::string(100'000, 'a')};
    for (const std::string& text : touched) CHECK_FALSE_MESSAGE(accepts(text), text.substr(0, 80));
    // 32 bytes leave two spare bits in the last character: only zero is taken.
    const std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    int taken = 0;
    for (const char last : alphabet)
        taken += accepts(token.substr(0, token.size() - 1) + last) ? 1 : 0;
    CHECK(taken == 1);
}

TEST_CASE("the secret is the given one, or one made once and kept private") {
    const TemporaryFolder folder;
    CHECK(jwt_secret(secret, folder.path()) == secret);
    CHECK_FALSE(std::filesystem::exists(folder.path() / "jwt_secret"));
    const std::string kept = jwt_secret("", folder.path());
    CHECK(kept.size() >= 32);
    CHECK(jwt_secret("", folder.path()) == kept);
    CHECK(std::filesystem::status(folder.path() / "jwt_secret").permissions() ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
    CHECK_THROWS_WITH(static_cast<void>(jwt_secret("short", folder.path())),
                      doctest::Contains("JWT_SECRET"));
    std::ofstream(folder.path() / "jwt_secret") << "cut";
    CHECK_THROWS_WITH(static_cast<void>(jwt_secret("", folder.path())),
                      doctest::Contains("jwt_secret"));
}
