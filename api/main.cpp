#include "api/cli/dead_letters_command.hpp"
#include "api/cli/import.hpp"
#include "api/cli/migrate.hpp"
#include "api/cli/rebuild.hpp"
#include "api/cli/republish.hpp"
#include "api/cli/rotate_secrets.hpp"
#include "api/cli/rules_commands.hpp"
#include "api/cli/scrub.hpp"
#include "api/cli/tail.hpp"
#include "api/cli/token.hpp"
#include "api/cli/token_inspect.hpp"
#include "api/cli/usage.hpp"
#include "api/cli/verify.hpp"
#include "api/config.hpp"
#include "api/log.hpp"
#include "api/read_models.hpp"
#include "api/serve.hpp"
#include "api/session/secret.hpp"
#include "bus/ids.hpp"
#include "bus/log_signal.hpp"
#include "bus/postgres_event_store.hpp"
#include "handlers/secrets/secrets.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pqxx/pqxx>
#include <spdlog/spdlog.h>

#include <iostream>
#include <unistd.h>

namespace throughline {
namespace {

/// The log as commands other than `serve` use it.
struct Log {
    explicit Log(const std::string& url)
        : app(url, Role::app, 2), system(url, Role::system, 2), appender(url) {}
    Database app;
    Database system;
    Appender appender;
    PostgresEventStore store{app, system, appender};
};

int issue_token_for(const Config& config, const std::string& email) {
    Log log(config.database_url);
    Credentials credentials(log.system);
    PasswordHasher hasher;
    Accounts accounts(log.store, credentials, hasher,
                      std::chrono::seconds(config.refresh_token_seconds));
    const Tokens tokens(jwt_secret(config.jwt_secret, config.data_dir));
    return run_token_issue(accounts, tokens, std::chrono::seconds(config.access_token_seconds),
                           email, std::cout, std::cerr);
}

int rotate_secrets(const Config& config) {
    Database system(config.database_url, Role::system, 1);
    const KeyRing ring = key_ring(config.secret_keys, config.data_dir);
    Secrets secrets(system, ring);
    return run_rotate_secrets(secrets, std::cout, std::cerr);
}

int tail(const Config& config, const TailOptions& options) {
    Log log(config.database_url);
    LogSignal signal(config.database_url);
    const WaitForMore wait = [&](std::int64_t position) {
        (void)signal.wait_past(position, std::chrono::milliseconds(500));
        return true;
    };
    return run_tail(log.store, options, wait, std::cout);
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

int run(int argc, char** argv) {
    CLI::App app("Throughline: a CRM and operations backend in which every change is an event.");
    app.require_subcommand(1);
    app.footer(config_help());
    app.failure_message([&](const CLI::App* failed, const CLI::Error& fault) {
        return usage_fault(*failed, argc, argv, fault);
    });
    const Registry registry = standard_registry();
    std::function<int()> command;

    CLI::App* serving =
        app.add_subcommand("serve", "Serve the HTTP API, with relay and read models");
    std::string roles;
    serving->add_option("--roles", roles,
                        "Only these of " + fmt::format("{}", fmt::join(server_roles, ",")));
    serving->footer(config_help());
    serving->callback([&] {
        command = [&] {
            warn_of_unknown_variables();
            return serve_as(roles, registry);
        };
    });

    app.add_subcommand("migrate", "Bring the database to this version's schema")->callback([&] {
        command = [&] {
            run_migrate(load_config().database_url, registry, std::cout);
            return 0;
        };
    });

    app.add_subcommand("verify", "Prove that log, head states and read models agree")
        ->callback([&] {
            command = [&] {
                return run_verify(load_config().database_url, registry, read_models(registry),
                                  std::cout);
            };
        });

    std::string read_model;
    CLI::App* rebuilding =
        app.add_subcommand("rebuild", "Make a read model anew from the log, while it is in use");
    rebuilding->add_option("name", read_model, "Its name (an unknown one lists them), or all")
        ->required();
    rebuilding->callback([&] {
        command = [&] {
            return run_rebuild(load_config().database_url, read_models(registry), read_model,
                               std::cout, std::cerr);
        };
    });

    TailOptions tail_options;
    CLI::App* tailing = app.add_subcommand("tail", "Print the log, one event a line");
    tailing->add_option("--from", tail_options.from, "Begin after this position")
        ->check(whole_number_fault);
    tailing->add_option("--types", tail_options.types, "Only these event types")->delimiter(',');
    tailing->add_flag("--follow", tail_options.follow, "Go on with new events");
    tailing->callback([&] { command = [&] { return tail(load_config(), tail_options); }; });

    add_dead_letters(app, command);
    add_rules_commands(app, command);

    RepublishOptions republish_options;
    CLI::App* republishing = app.add_subcommand(
        "republish", "Have the relay send events to the topic again, in log order");
    republishing
        ->add_option("--from", republish_options.from, "The first position that is sent again")
        ->required()
        ->check(whole_number_fault);
    republishing->add_flag("--new-log", republish_options.new_log,
                           "After a restore that lost events: give the log a new id first");
    republishing->callback([&] {
        command = [&] { return run_republish(load_config(), republish_options, std::cout); };
    });

    app.add_subcommand("rotate-secrets", "Seal all secrets anew under the first of SECRET_KEYS")
        ->callback([&] { command = [&] { return rotate_secrets(load_config()); }; });

    app.add_subcommand("scrub", "After erasures: free the pages that held what was erased")
        ->callback(
            [&] { command = [&] { return run_scrub(load_config().database_url, std::cout); }; });

    ImportCommand import_command;
    CLI::App* importing =
        app.add_subcommand("import", "Import a file of records (.csv, .vcf, .ndjson)");
    importing->add_option("file", import_command.file, "The file")
        ->required()
        ->check(CLI::ExistingFile);
    importing->add_option("--email", import_command.email, "Whose import it is")->required();
    importing->add_option("--tenant", import_command.tenant,
                          "Its slug, where they are active in several");
    importing->add_option("--kind", import_command.kind, "Of what kind, in the plural; contacts");
    importing->add_option("--on-duplicate", import_command.on_duplicate, "skip, update or create");
    importing->add_option("--match", import_command.match, "email or external_id");
    importing->add_option("--run-automations", import_command.run_automations, "yes, no or later");
    importing->add_flag("--dry-run", import_command.dry_run, "Count and report, write nothing");
    importing->callback([&] {
        command = [&] {
            const Config config = load_config();
            return run_import(config.database_url, config.data_dir, registry, import_command,
                              std::cout, std::cerr);
        };
    });

    std::string email;
    CLI::App* token = app.add_subcommand("token", "Access tokens");
    token->require_subcommand(1);
    CLI::App* issue =
        token->add_subcommand("issue", "Print an access token; registers an unknown address");
    issue->add_option("--email", email, "Whose token")->required();
    issue->callback([&] { command = [&] { return issue_token_for(load_config(), email); }; });

    std::string jwks;
    CLI::App* inspecting = token->add_subcommand(
        "inspect", "Judge tokens on standard input, one a line, as the server would");
    inspecting->add_option("--jwks", jwks, "A file with a JSON Web Key Set, or a key")
        ->required()
        ->check(CLI::ExistingFile);
    inspecting->callback([&] {
        command = [&] { return run_token_inspect(jwks, now(), std::cin, std::cout, std::cerr); };
    });

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
