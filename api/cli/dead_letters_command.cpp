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

struct Options {
    ReleaseOrder order;
    std::int64_t position = 0;
    bool all = false;
    int wait_seconds = 15;
};

/// What the commands share: their options, and what is to be done once they are parsed.
struct Adding {
    std::shared_ptr<Options> options;
    std::function<int()>& command;

    void with_letters(std::function<int(DeadLetters&)> work) const {
        command = [work = std::move(work)] {
            Database system(load_config().database_url, Role::system, 1);
            DeadLetters letters(system);
            return work(letters);
        };
    }
};

/// What retry and skip have in common.
void add_release(const Adding& adding, ReleaseAction action, CLI::App* sub) {
    const auto options = adding.options;
    sub->add_option("consumer", options->order.consumer, "Whose")->required();
    sub->add_option("--by", options->order.by, "Who asks")->capture_default_str();
    sub->add_option("--wait", options->wait_seconds, "Seconds to wait for the outcome")
        ->capture_default_str()
        ->check(whole_number_fault);
    sub->callback([adding, options, action] {
        options->order.action = action;
        if (!options->all) options->order.position = options->position;
        adding.with_letters([options](DeadLetters& held) {
            return run_release(held, options->order, std::chrono::seconds(options->wait_seconds),
                               std::cout, std::cerr);
        });
    });
}

void add_retry(CLI::App* letters, const Adding& adding) {
    CLI::App* retry =
        letters->add_subcommand("retry", "Apply the event and all that is held behind it");
    retry->alias("release");
    add_release(adding, ReleaseAction::retry, retry);
    CLI::Option_group* which = retry->add_option_group("which");
    which->add_option("position", adding.options->position, "Of the event that failed")
        ->check(whole_number_fault);
    which->add_flag("--all", adding.options->all, "Every stream that the consumer holds");
    which->require_option(1);
}

void add_skip(CLI::App* letters, const Adding& adding) {
    CLI::App* skip =
        letters->add_subcommand("skip", "Pass over the event, and apply what is held behind it");
    add_release(adding, ReleaseAction::skip, skip);
    skip->add_option("position", adding.options->position, "Of the event that failed")
        ->required()
        ->check(whole_number_fault);
    skip->add_option("--reason", adding.options->order.reason, "Why; it is kept")->required();
}

void add_history(CLI::App* letters, const Adding& adding) {
    const auto options = adding.options;
    CLI::App* history = letters->add_subcommand("history", "What operators asked for");
    history->add_option("--consumer", options->order.consumer, "Of this consumer alone");
    history->callback([adding, options] {
        adding.with_letters([options](DeadLetters& held) {
            return run_release_history(held, options->order.consumer, std::cout);
        });
    });
}

} // namespace

void add_dead_letters(CLI::App& app, std::function<int()>& command) {
    const auto options = std::make_shared<Options>();
    options->order.by = user_name();
    const Adding adding{options, command};
    CLI::App* letters =
        app.add_subcommand("dead-letters", "List what consumers could not apply and hold");
    letters->require_subcommand(0, 1);
    letters->add_option("--consumer", options->order.consumer, "Of this consumer alone");
    letters->callback([=] {
        if (letters->get_subcommands().empty())
            adding.with_letters([options](DeadLetters& held) {
                return run_dead_letters(held, options->order.consumer, std::cout);
            });
    });
    add_retry(letters, adding);
    add_skip(letters, adding);
    add_history(letters, adding);
}

} // namespace throughline
