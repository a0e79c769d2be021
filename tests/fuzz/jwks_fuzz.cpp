#include "api/session/jws.hpp"
#include "api/session/key_set.hpp"
#include "domain/base64url.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace throughline::fuzz {
namespace {

const std::string forged = base64url(std::string(64, '\1'));

/// A line: a key set. Then a token's payload.
void run(std::string_view input) {
    Input from(input);
    const auto set = read_key_set(from.line().value_or(""));
    if (!set) return demand_lawful(set.error());
    demand(set->keys.size() + set->left_out.size() <= 100, "a key set is bounded");
    for (const VerificationKey& key : set->keys) {
        const std::string header =
            base64url(R"({"alg":")" + std::string(key.algorithm()) + R"("})");
        const auto token = read_jws(header + "." + base64url(from.rest()) + "." + forged);
        if (!token) return;
        demand(fits(*token, key), "a token without an id fits any key of its algorithm");
        demand(!key.verifies(token->signed_text, token->signature), "nobody guesses a signature");
        demand(!key.verifies(token->signed_text, ""), "no signature is none");
    }
}

const Target target("jwks", run);

} // namespace
} // namespace throughline::fuzz
