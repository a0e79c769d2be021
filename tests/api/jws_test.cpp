#include "api/session/jws.hpp"
#include "api/session/key_set.hpp"
#include "domain/base64url.hpp"
#include "tests/support/signing_key.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

const std::string payload = R"({"sub":"ada"})";

/// Made once: an RSA key takes its time.
const SigningKey& rsa() {
    static const SigningKey key = SigningKey::rsa();
    return key;
}
const SigningKey& ec() {
    static const SigningKey key = SigningKey::ec();
    return key;
}

std::vector<VerificationKey> keys_of(const JsonObject& jwk) {
    const auto set = read_key_set(key_set_text({jwk}));
    REQUIRE(set.has_value());
    return set->keys;
}

bool accepts(const JsonObject& jwk, std::string_view token) {
    const auto read = read_jws(token);
    return read && is_signed_by(*read, keys_of(jwk));
}

JsonObject with(JsonObject object, std::string_view name, Json value) {
    object.set(name, std::move(value));
    return object;
}

std::string header(std::string_view algorithm, const std::string& more = "") {
    return R"({"alg":")" + std::string(algorithm) + '"' + more + "}";
}

JsonObject secret_jwk(const std::string& secret) {
    return {{"kty", "oct"}, {"k", base64url(secret)}};
}

/// The same text with one byte of its signature changed.
std::string with_signature(const std::string& token, const std::string& signature) {
    return token.substr(0, token.rfind('.') + 1) + base64url(signature);
}

} // namespace

TEST_CASE("RFC 7515 appendix A: the RS256 and ES256 examples") {
    const std::string claims = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
                               "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    const JsonObject rsa_key{
        {"kty", "RSA"},
        {"n",
         "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEz"
         "P1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63k"
         "paSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9k"
         "G4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"},
        {"e", "AQAB"}};
    CHECK(
        accepts(rsa_key,
                "eyJhbGciOiJSUzI1NiJ9." + claims +
                    ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Q"
                    "c_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWz"
                    "O75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-e"
                    "OkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWk"
                    "WywlVmtVrBp0igcN_IoypGlUPQGe77Rw"));
    const JsonObject ec_key{{"kty", "EC"},
                            {"crv", "P-256"},
                            {"x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"},
                            {"y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}};
    CHECK(
        accepts(ec_key, "eyJhbGciOiJFUzI1NiJ9." + claims +
                            ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQ"
                            "xfKTUJqPP3-Kg6NU1Q"));
}

TEST_CASE("a key takes its own algorithm alone") {
    for (const SigningKey* key : {&rsa(), &ec()}) {
        const JsonObject jwk = key->jwk("one");
        CHECK(accepts(jwk, key->token("one", {{"sub", "ada"}})));
        CHECK(accepts(jwk, key->token(header(key->algorithm()), payload)));
        CHECK(accepts(key->jwk(), key->token("another", {{"sub", "ada"}})));
        CHECK_FALSE(accepts(jwk, key->token("another", {{"sub", "ada"}})));
        for (const char* algorithm : {"none", "None", "nOnE", "", "HS256", "HS512", "RS384",
                                      "PS256", "ES384", "rs256", "es256", "EdDSA"})
            CHECK_FALSE_MESSAGE(accepts(jwk, key->token(header(algorithm), payload)), algorithm);
        CHECK_FALSE(accepts(jwk, key->token("{}", payload)));
    }
    CHECK_FALSE(accepts(rsa().jwk(), rsa().token(header("ES256"), payload)));
    CHECK_FALSE(accepts(ec().jwk(), ec().token(header("RS256"), payload)));
}

TEST_CASE("what a public key shows is no secret to sign with") {
    const std::string segments = base64url(header("HS256")) + "." + base64url(payload);
    const std::string n = rsa().jwk().find("n")->string()->data();
    const std::string x = *ec().jwk().find("x")->string();
    for (const std::string& guessed :
         {n, *from_base64url(n), x, *from_base64url(x), std::string()}) {
        CHECK_FALSE(accepts(rsa().jwk(), sign_segments(segments, guessed)));
        CHECK_FALSE(accepts(ec().jwk(), sign_segments(segments, guessed)));
    }
}

TEST_CASE("keys that a token brings along or names are not looked at") {
    const SigningKey other = SigningKey::ec();
    const std::string brought = R"(,"jwk":)" + to_text(other.jwk());
    CHECK_FALSE(accepts(ec().jwk(), other.token(header("ES256", brought), payload)));
    CHECK(accepts(ec().jwk(), ec().token(header("ES256", brought), payload)));
    for (const char* named :
         {R"(,"jku":"http://127.0.0.1:1/keys")", R"(,"x5u":"file:///etc/passwd")",
          R"(,"kid":"../../dev/null")", R"(,"kid":"' or 1=1 --")"})
        CHECK(accepts(ec().jwk(), ec().token(header("ES256", named), payload)));
}

TEST_CASE("a header that is ambiguous, or asks for what is not understood, is refused") {
    for (const char* more :
         {R"(,"crit":["exp"])", R"(,"crit":[])", R"(,"b64":false,"crit":["b64"])", R"(,"b64":true)",
          R"(,"alg":"ES256")", R"(,"kid":7)", R"(,"typ":["JWT"])", R"(,"kid":null)"})
        CHECK_FALSE_MESSAGE(accepts(ec().jwk(), ec().token(header("ES256", more), payload)), more);
    for (const char* whole : {"", "[]", "\"ES256\"", "{\"alg\":\"ES256\"", "{\"alg\":[\"ES256\"]}"})
        CHECK_FALSE_MESSAGE(accepts(ec().jwk(), ec().token(whole, payload)), whole);
    CHECK(accepts(ec().jwk(), ec().token(" { \"alg\"\t:\r\n\"ES256\" } ", payload)));
}

TEST_CASE("an ES256 signature is R and S, 64 bytes, both in range") {
    const std::string token = ec().token(header("ES256"), payload);
    const std::string segments = token.substr(0, token.rfind('.'));
    const std::string signature = *from_base64url(token.substr(token.rfind('.') + 1));
    const std::string r = signature.substr(0, 32);
    const std::string s = signature.substr(32);
    const std::string zero(32, '\0');
    const std::string order = *from_base64url("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE");
    REQUIRE(accepts(ec().jwk(), token));
    for (const std::string& wrong :
         {std::string(), std::string(64, '\0'), zero + s, r + zero, r + order, order + s,
          order + order, r, signature + '\0', '\0' + r + '\0' + s, zero + r + zero + s,
          ec().signature(segments, false)})
        CHECK_FALSE(accepts(ec().jwk(), with_signature(token, wrong)));
}

TEST_CASE("an RS256 signature is as long as its key and padded exactly") {
    const std::string token = rsa().token(header("RS256"), payload);
    const std::string signature = *from_base64url(token.substr(token.rfind('.') + 1));
    REQUIRE(accepts(rsa().jwk(), token));
    for (const std::string& wrong :
         {std::string(), std::string(signature.size(), '\0'), std::string(signature.size(), '\1'),
          signature.substr(1), signature + '\0', '\0' + signature})
        CHECK_FALSE(accepts(rsa().jwk(), with_signature(token, wrong)));
}

TEST_CASE("a MAC counts whole, and a secret has at least 32 bytes") {
    const std::string secret(32, 'k');
    const std::string token = sign_jws(payload, secret);
    REQUIRE(accepts(secret_jwk(secret), token));
    const std::string mac = *from_base64url(token.substr(token.rfind('.') + 1));
    for (const std::string& wrong : {std::string(), mac.substr(0, 16), mac + '\0'})
        CHECK_FALSE(accepts(secret_jwk(secret), with_signature(token, wrong)));
    for (const std::string& weak : {std::string(), std::string(31, 'k')})
        CHECK(keys_of(secret_jwk(weak)).empty());
}

TEST_CASE("three parts in base64url without padding, and nothing else, are a token") {
    const std::string token = ec().token(header("ES256"), payload);
    const auto first = token.find('.');
    const auto last = token.rfind('.');
    const std::vector<std::string> wrong{
        "",
        ".",
        "..",
        "...",
        token + ".",
        "." + token,
        token + ".x",
        token + "=",
        token + " ",
        " " + token,
        token + "\n",
        token.substr(0, last),
        token.substr(0, last + 1),
        token.substr(first),
        token.substr(0, first) + "." + token.substr(last),
        token.substr(0, first) + "=" + token.substr(first),
        token.substr(0, first) + " " + token.substr(first),
        token.substr(0, last) + "?" + token.substr(last),
        std::string(20'000, 'a'),
        R"({"payload":"Zm9v","signatures":[{"protected":"e30","signature":"AA"}]})"};
    for (const std::string& text : wrong) CHECK_FALSE_MESSAGE(accepts(ec().jwk(), text), text);
}

TEST_CASE("keys that are weak, broken or for something else are left out, the others stay") {
    const JsonObject good = ec().jwk("good");
    const JsonObject r = rsa().jwk();
    const JsonArray keys{good,
                         with(good, "use", "enc"),
                         with(good, "key_ops", JsonArray{"encrypt", "sign"}),
                         with(good, "key_ops", "verify"),
                         with(good, "alg", "ES512"),
                         with(good, "alg", "HS256"),
                         with(good, "crv", "P-384"),
                         with(good, "y", *good.find("x")),
                         with(good, "x", "AA"),
                         with(good, "kid", 7),
                         with(r, "alg", "PS256"),
                         with(r, "e", "AQ"),
                         with(r, "e", "AA"),
                         with(r, "e", ""),
                         with(r, "n", ""),
                         SigningKey::rsa(1024).jwk(),
                         JsonObject{{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", "AA"}},
                         JsonObject{},
                         "a text",
                         with(r, "key_ops", JsonArray{"verify"})};
    const auto set = read_key_set(key_set_text(keys));
    REQUIRE(set.has_value());
    for (const std::string& fault : set->left_out) MESSAGE(fault);
    CHECK(set->keys.size() == 2);
    CHECK(set->left_out.size() == keys.size() - 2);
    CHECK(set->left_out.front() == "key 2: it is not for signatures");
}

TEST_CASE("a key set is {\"keys\": […]} or one key") {
    CHECK(read_key_set(to_text(ec().jwk()))->keys.size() == 1);
    CHECK(read_key_set(R"({"keys":[]})")->keys.empty());
    for (const char* text : {"", "{", "[]", "{}", R"({"keys":{}})", R"({"keys":null})"})
        CHECK_FALSE_MESSAGE(read_key_set(text).has_value(), text);
    CHECK_FALSE(read_key_set(key_set_text(JsonArray(101, ec().jwk()))).has_value());
}
