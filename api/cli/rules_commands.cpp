#include "api/cli/rules_commands.hpp"

#include "api/cli/cron.hpp"
#include "api/cli/jsonlogic.hpp"
#include "bus/ids.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

namespace throughline {

void add_rules_commands(CLI::App& app, std::function<int()>& command) {
    app.add_subcommand("jsonlogic",
                       "Evaluate lines of {\"rule\", \"data\"} on standard input, as rules are")
        ->callback([&command] { command = [] { return run_jsonlogic(std::cin, std::cout); }; });

    const auto options = std::make_shared<CronCommand>();
    options->after = to_rfc3339(now());
    CLI::App* cron = app.add_subcommand("cron", "Print the next times of a schedule");
    cron->add_option("expression", options->expression,
                     "Five fields, or six with seconds in front, or @daily and its like")
        ->required();
    cron->add_option("--timezone", options->zone, "Whose clock it follows (UTC)");
    cron->add_option("--after", options->after, "Times after this one (now)");
    cron->add_option("--count", options->count, "How many (1)")->check(CLI::Range(1, 10'000));
    cron->callback([&command, options] {
        command = [options] { return run_cron(*options, std::cout, std::cerr); };
    });
}

} // namespace throughline
