#pragma once
#include <iosfwd>
#include <string>

namespace throughline {

struct CronCommand {
    std::string expression;
    std::string zone = "UTC"; // unless the expression names one
    std::string after;        // RFC 3339
    std::size_t count = 1;
};

/// `throughline cron EXPR --timezone TZ --after TIME --count N`: the next times of a schedule, one
/// a line, as `2026-03-08T06:00:00Z`; fewer where no more come. What is wrong goes to `log`; the
/// exit code.
[[nodiscard]] int run_cron(const CronCommand& command, std::ostream& out, std::ostream& log);

} // namespace throughline
