#include "api/session/jws.hpp"
#include "domain/base64url.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <fstream>

using namespace throughline;

TEST_CASE("token inspect needs neither database nor configuration") {
    const TemporaryFolder folder;
    const std::string secret(32, 's');
    const auto keys = folder.path() / "keys.json";
    const auto tokens = folder.path() / "tokens";
    std::ofstream(keys) << R"({"keys":[{"kty":"oct","k":")" << base64url(secret) << R"("}]})";
    std::ofstream(tokens) << sign_jws("foo", secret) << "\n\n";
    const FinishedProcess done =
        run_process({{"sh", "-c", R"(exec "$0" token inspect --jwks "$1" < "$2")",
                      THROUGHLINE_BINARY, keys.string(), tokens.string()},
                     {}});
    CHECK(done.status == 0);
    CHECK(done.output.starts_with(R"({"signature":"valid","claims":null,"errors":[)"));
    CHECK(done.output.find("\n{\"signature\":\"invalid\",\"claims\":null") != std::string::npos);
    const FinishedProcess refused =
        run_process({{THROUGHLINE_BINARY, "token", "inspect", "--jwks", "/nowhere"}, {}});
    CHECK(refused.status != 0);
    CHECK(refused.output.find("--jwks") != std::string::npos);
}
