#include "api/cli/log_commands.hpp"

#include "api/cli/command_log.hpp"
#include "api/cli/republish.hpp"
#include "api/cli/tail.hpp"
#include "api/cli/usage.hpp"
#include "api/config.hpp"
#include "bus/log_signal.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

namespace throughline {

namespace {

int tail(const Config& config, const TailOptions& options) {
    CommandLog log(config.database_url);
    LogSignal signal(config.database_url);
    const WaitForMore wait = [&](std::int64_t position) {
        (void)signal.wait_past(position, std::chrono::milliseconds(500));
        return true;
    };
    return run_tail(log.store, options, wait, std::cout);
}

void add_tail(CLI::App& app, std::function<int()>& command) {
    const auto options = std::make_shared<TailOptions>();
    CLI::App* tailing = app.add_subcommand("tail", "Print the log, one event a line");
    tailing->add_option("--from", options->from, "Begin after this position")
        ->check(whole_number_fault);
    tailing->add_option("--types", options->types, "Only these event types")->delimiter(',');
    tailing->add_flag("--follow", options->follow, "Go on with new events");
    tailing->callback(
        [&command, options] { command = [options] { return tail(load_config(), *options); }; });
}

void add_republish(CLI::App& app, std::function<int()>& command) {
    const auto options = std::make_shared<RepublishOptions>();
    CLI::App* republishing = app.add_subcommand(
        "republish", "Have the relay send events to the topic again, in log order");
    republishing->add_option("--from", options->from, "The first position that is sent again")
        ->required()
        ->check(whole_number_fault);
    republishing->add_flag("--new-log", options->new_log,
                           "After a restore that lost events: give the log a new id first");
    republishing->callback([&command, options] {
        command = [options] { return run_republish(load_config(), *options, std::cout); };
    });
}

} // namespace

void add_log_commands(CLI::App& app, std::function<int()>& command) {
    add_tail(app, command);
    add_republish(app, command);
}

} // namespace throughline
