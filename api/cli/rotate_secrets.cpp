#include "api/cli/rotate_secrets.hpp"

#include "handlers/secrets/secrets.hpp"

#include <fmt/ranges.h>

#include <ostream>

namespace throughline {

int run_rotate_secrets(Secrets& secrets, std::ostream& out, std::ostream& log) {
    const auto done = secrets.reseal();
    out << fmt::format("{} {} sealed under the first key\n", done.count,
                       done.count == 1 ? "secret is now" : "secrets are now");
    if (done.unopened == 0) return 0;
    log << fmt::format(
        "{} left as they were: SECRET_KEYS lacks the keys {}, or they were changed\n",
        done.unopened, fmt::join(secrets.missing_keys(), ", "));
    return 1;
}

} // namespace throughline
