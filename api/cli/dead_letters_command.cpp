#include "api/cli/dead_letters_command.hpp"

#include "api/cli/dead_letters.hpp"
#include "api/cli/usage.hpp"
#include "api/config.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>
#include <pwd.h>
#include <unistd.h>

namespace throughline {

namespace {

std::string user_name() {
    const passwd* user = ::getpwuid(::geteuid());
    return user == nullptr ? std::to_string(::geteuid()) : user->pw_name;
}

} // namespace

void add_dead_letters(CLI::App& app, std::function<int()>& command) {
    struct Options {
        ReleaseOrder order;
        std::int64_t position = 0;
        bool all = false;
        int wait_seconds = 15;
    };
    const auto options = std::make_shared<Options>();
    options->order.by = user_name();
    const auto with_letters = [&command](std::function<int(DeadLetters&)> work) {
        command = [work = std::move(work)] {
            Database system(load_config().database_url, Role::system, 1);
            DeadLetters letters(system);
            return work(letters);
        };
    };
    CLI::App* letters =
        app.add_subcommand("dead-letters", "List what consumers could not apply and hold");
    letters->require_subcommand(0, 1);
    letters->add_option("--consumer", options->order.consumer, "Of this consumer alone");
    letters->callback([=] {
        if (letters->get_subcommands().empty())
            with_letters([options](DeadLetters& held) {
                return run_dead_letters(held, options->order.consumer, std::cout);
            });
    });
    const auto releasing = [=](ReleaseAction action, CLI::App* sub) {
        sub->add_option("consumer", options->order.consumer, "Whose")->required();
        sub->add_option("--by", options->order.by, "Who asks")->capture_default_str();
        sub->add_option("--wait", options->wait_seconds, "Seconds to wait for the outcome")
            ->capture_default_str()
            ->check(whole_number_fault);
        sub->callback([=] {
            options->order.action = action;
            if (!options->all) options->order.position = options->position;
            with_letters([options](DeadLetters& held) {
                return run_release(held, options->order,
                                   std::chrono::seconds(options->wait_seconds), std::cout,
                                   std::cerr);
            });
        });
    };
    CLI::App* retry =
        letters->add_subcommand("retry", "Apply the event and all that is held behind it");
    retry->alias("release");
    releasing(ReleaseAction::retry, retry);
    CLI::Option_group* which = retry->add_option_group("which");
    which->add_option("position", options->position, "Of the event that failed")
        ->check(whole_number_fault);
    which->add_flag("--all", options->all, "Every stream that the consumer holds");
    which->require_option(1);
    CLI::App* skip =
        letters->add_subcommand("skip", "Pass over the event, and apply what is held behind it");
    releasing(ReleaseAction::skip, skip);
    skip->add_option("position", options->position, "Of the event that failed")
        ->required()
        ->check(whole_number_fault);
    skip->add_option("--reason", options->order.reason, "Why; it is kept")->required();
    CLI::App* history = letters->add_subcommand("history", "What operators asked for");
    history->add_option("--consumer", options->order.consumer, "Of this consumer alone");
    history->callback([=] {
        with_letters([options](DeadLetters& held) {
            return run_release_history(held, options->order.consumer, std::cout);
        });
    });
}

} // namespace throughline
