#include "api/cli/dead_letters_command.hpp"
#include "api/cli/import_command.hpp"
#include "api/cli/log_commands.hpp"
#include "api/cli/migrate.hpp"
#include "api/cli/rebuild.hpp"
#include "api/cli/rotate_secrets.hpp"
#include "api/cli/rules_commands.hpp"
#include "api/cli/scrub.hpp"
#include "api/cli/token_commands.hpp"
#include "api/cli/usage.hpp"
#include "api/cli/verify.hpp"
#include "api/config.hpp"
#include "api/log.hpp"
#include "api/read_models.hpp"
#include "api/serve.hpp"
#include "api/session/secret.hpp"
#include "handlers/secrets/secrets.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <functional>
#include <iostream>
#include <memory>
#include <unistd.h>

namespace throughline {
namespace {

int rotate_secrets(const Config& config) {
    Database system(config.database_url, Role::system, 1);
    const KeyRing ring = key_ring(config.secret_keys, config.data_dir);
    Secrets secrets(system, ring);
    return run_rotate_secrets(secrets, std::cout, std::cerr);
}

void warn_of_unknown_variables() {
    for (const std::string& name : unknown_variables(environ))
        spdlog::warn("{} is not a variable of this server", name);
}

int serve_as(const std::string& roles, const Registry& registry) {
    Config config = load_config();
    if (const auto fault = roles.empty() ? std::nullopt : read_roles(roles, config))
        throw std::runtime_error("--roles " + *fault);
    return serve(config, registry);
}

using Command = std::function<int()>; // what was asked for

void add_serve(CLI::App& app, const Registry& registry, Command& command) {
    CLI::App* serving =
        app.add_subcommand("serve", "Serve the HTTP API, with relay and read models");
    const auto roles = std::make_shared<std::string>();
    serving->add_option("--roles", *roles,
                        "Only these of " + fmt::format("{}", fmt::join(server_roles, ",")));
    serving->footer(config_help());
    serving->callback([&registry, &command, roles] {
        command = [&registry, roles] {
            warn_of_unknown_variables();
            return serve_as(*roles, registry);
        };
    });
}

void add_database_commands(CLI::App& app, const Registry& registry, Command& command) {
    const auto add = [&](const std::string& name, const std::string& what, Command run) {
        app.add_subcommand(name, what)->callback([&command, run = std::move(run)] {
            command = run;
        });
    };
    add("migrate", "Bring the database to this version's schema", [&registry] {
        run_migrate(load_config().database_url, registry, std::cout);
        return 0;
    });
    add("verify", "Prove that log, head states and read models agree", [&registry] {
        return run_verify(load_config().database_url, registry, read_models(registry), std::cout);
    });
    add("rotate-secrets", "Seal all secrets anew under the first of SECRET_KEYS",
        [] { return rotate_secrets(load_config()); });
    add("scrub", "After erasures: free the pages that held what was erased",
        [] { return run_scrub(load_config().database_url, std::cout); });
}

void add_rebuild(CLI::App& app, const Registry& registry, Command& command) {
    CLI::App* rebuilding =
        app.add_subcommand("rebuild", "Make a read model anew from the log, while it is in use");
    const auto model = std::make_shared<std::string>();
    rebuilding->add_option("name", *model, "Its name (an unknown one lists them), or all")
        ->required();
    rebuilding->callback([&registry, &command, model] {
        command = [&registry, model] {
            return run_rebuild(load_config().database_url, read_models(registry), *model, std::cout,
                               std::cerr);
        };
    });
}

int run(int argc, char** argv) {
    CLI::App app("Throughline: a CRM and operations backend in which every change is an event.");
    app.require_subcommand(1);
    app.footer(config_help());
    app.failure_message([&](const CLI::App* failed, const CLI::Error& fault) {
        return usage_fault(*failed, argc, argv, fault);
    });
    const Registry registry = standard_registry();
    Command command;
    add_serve(app, registry, command);
    add_database_commands(app, registry, command);
    add_rebuild(app, registry, command);
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
