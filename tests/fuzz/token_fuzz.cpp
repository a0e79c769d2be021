#include "api/session/jws.hpp"
#include "domain/base64url.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace throughline::fuzz {
namespace {

constexpr std::string_view secret = "a secret of thirty-two bytes, or more";

/// A line: a token's header as JSON. Then its payload. Both are tried as a whole token too.
void run(std::string_view input) {
    demand(!verify_jws(input, secret), "nobody guesses a signature");
    Input from(input);
    const std::string header(from.line().value_or(""));
    const std::string segments = base64url(header) + "." + base64url(from.rest());
    const std::string token = sign_segments(segments, secret);
    demand(!verify_jws(token, "another secret of thirty-two bytes, or so"), "a token has a secret");
    demand(!verify_jws(token + "A", secret), "a signature has one form");
    const auto claims = verify_jws(token, secret);
    if (!claims) return;
    demand(Json(*claims) == parse_json(from.rest()), "claims are the payload");
    demand(parse_json(header).text("alg") == "HS256", "a token names the algorithm");
    demand(verify_jws(sign_jws(from.rest(), secret), secret) == claims, "claims are signed again");
}

const Target target("token", run);

} // namespace
} // namespace throughline::fuzz
