#pragma once
#include "domain/time.hpp"

#include <filesystem>
#include <iosfwd>

namespace throughline {

/// `throughline token inspect --jwks FILE`: for each line of `in`, a token, one JSON line
/// `{"signature": "valid|invalid", "claims", "errors"}`. The signature alone is judged; `errors`
/// says besides what the server would refuse in any token's claims: its times. `claims` is null
/// where the payload is not a JSON object. What is wrong with the file goes to `log`; the exit
/// code.
[[nodiscard]] int run_token_inspect(const std::filesystem::path& jwks, Time at, std::istream& in,
                                    std::ostream& out, std::ostream& log);

} // namespace throughline
