#include "api/cli/token_inspect.hpp"
#include "api/session/jws.hpp"
#include "domain/base64url.hpp"
#include "tests/support/signing_key.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

using namespace throughline;

namespace {

const std::string secret(32, 's');
const Time noon{std::chrono::seconds(1'770'000'000)};

struct Inspection {
    int status = 0;
    std::vector<Json> lines;
    std::string log;
};

Inspection inspect(const std::string& keys, const std::string& tokens) {
    const TemporaryFolder folder;
    const auto file = folder.path() / "keys.json";
    std::ofstream(file) << keys;
    std::istringstream in(tokens);
    std::ostringstream out;
    std::ostringstream log;
    Inspection seen;
    seen.status = run_token_inspect(file, noon, in, out, log);
    seen.log = log.str();
    std::istringstream lines(out.str());
    for (std::string line; std::getline(lines, line);) seen.lines.push_back(parse_json(line));
    return seen;
}

const std::string secret_key = R"({"keys":[{"kty":"oct","k":")" + base64url(secret) + R"("}]})";

} // namespace

TEST_CASE("token inspect answers each line, an empty one too, with one line") {
    const std::string good = R"({"sub":"ada","exp":1770000060})";
    const Inspection seen =
        inspect(secret_key, sign_jws(good, secret) + "\n\nnonsense\n" +
                                sign_jws(good, secret + "x") + "\n" + sign_jws("foo", secret));
    CHECK(seen.status == 0);
    REQUIRE(seen.lines.size() == 5);
    CHECK(to_text(seen.lines[0]) ==
          R"({"signature":"valid","claims":{"sub":"ada","exp":1770000060},"errors":[]})");
    for (const std::size_t wrong : {1U, 2U, 3U}) {
        CHECK(seen.lines[wrong].text("signature") == "invalid");
        CHECK_FALSE(seen.lines[wrong].find("errors")->array()->empty());
    }
    CHECK(seen.lines[1].find("claims")->is_null());
    CHECK(seen.lines[4].text("signature") == "valid");
    CHECK(seen.lines[4].find("claims")->is_null());
}

TEST_CASE("token inspect says what the server would refuse, and judges the signature alone") {
    const auto errors = [](const std::string& payload) {
        const Json line = inspect(secret_key, sign_jws(payload, secret)).lines.at(0);
        CHECK(line.text("signature") == "valid");
        return line.find("errors")->array()->size();
    };
    CHECK(errors(R"({"exp":1770000060,"nbf":1770000000})") == 0);
    CHECK(errors(R"({})") == 1);
    CHECK(errors(R"({"exp":1769999999})") == 1);
    CHECK(errors(R"({"exp":"1770000060"})") == 1);
    CHECK(errors(R"({"exp":1770000060,"nbf":1770000600})") == 1);
    CHECK(errors(R"({"exp":1770000060,"exp":1770000061})") == 1);
}

TEST_CASE("token inspect takes public keys, and says which it leaves out") {
    const SigningKey key = SigningKey::ec();
    const Inspection seen =
        inspect(key_set_text({key.jwk("k"), JsonObject{{"kty", "oct"}, {"k", ""}}}),
                key.token("k", {{"exp", 1'770'000'060}}) + "\n");
    CHECK(seen.lines.at(0).text("signature") == "valid");
    CHECK(seen.log == "left out: key 2: it has less than 32 bytes\n");
    const Inspection none = inspect("keys", "a token\n");
    CHECK(none.status == 1);
    CHECK(none.lines.empty());
    CHECK(none.log.find("is not JSON") != std::string::npos);
}
