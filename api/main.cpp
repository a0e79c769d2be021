#include "api/cli/database_commands.hpp"
#include "api/cli/dead_letters_command.hpp"
#include "api/cli/import_command.hpp"
#include "api/cli/log_commands.hpp"
#include "api/cli/rules_commands.hpp"
#include "api/cli/serve_command.hpp"
#include "api/cli/token_commands.hpp"
#include "api/cli/usage.hpp"
#include "api/config.hpp"
#include "api/log.hpp"

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include <functional>
#include <iostream>

namespace throughline {
namespace {

int run(int argc, char** argv) {
    CLI::App app("Throughline: a CRM and operations backend in which every change is an event.");
    app.require_subcommand(1);
    app.footer(config_help());
    app.failure_message([&](const CLI::App* failed, const CLI::Error& fault) {
        return usage_fault(*failed, argc, argv, fault);
    });
    const Registry registry = standard_registry();
    std::function<int()> command; // what was asked for
    add_serve(app, registry, command);
    add_database_commands(app, registry, command);
    add_log_commands(app, command);
    add_dead_letters(app, command);
    add_rules_commands(app, command);
    add_import(app, registry, command);
    add_token_commands(app, command);
    CLI11_PARSE(app, argc, argv);
    return command();
}

} // namespace
} // namespace throughline

int main(int argc, char** argv) {
    try {
        throughline::log_as_json();
        return throughline::run(argc, argv);
    } catch (const std::exception& error) {
        // Standard error is a server's log; people read that of other commands.
        if (argc > 1 && std::string_view(argv[1]) == "serve")
            spdlog::critical("cannot serve: {}", error.what());
        else
            std::cerr << "throughline: " << error.what() << '\n';
        return 1;
    }
}
