#pragma once
#include <iosfwd>

namespace throughline {

class Secrets;

/// `throughline rotate-secrets`: seals every secret anew under the first key. The exit code: 1
/// where a secret does not open with any of the keys, which is left as it is.
[[nodiscard]] int run_rotate_secrets(Secrets& secrets, std::ostream& out, std::ostream& log);

} // namespace throughline
