#include "api/cli/token_commands.hpp"

#include "api/cli/command_log.hpp"
#include "api/cli/token.hpp"
#include "api/cli/token_inspect.hpp"
#include "api/config.hpp"
#include "api/session/secret.hpp"
#include "bus/ids.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

namespace throughline {

namespace {

int issue_token_for(const Config& config, const std::string& email) {
    CommandLog log(config.database_url);
    Credentials credentials(log.system);
    PasswordHasher hasher;
    Accounts accounts(log.store, credentials, hasher,
                      std::chrono::seconds(config.refresh_token_seconds));
    const Tokens tokens(jwt_secret(config.jwt_secret, config.data_dir));
    return run_token_issue(accounts, tokens, std::chrono::seconds(config.access_token_seconds),
                           email, std::cout, std::cerr);
}

} // namespace

void add_token_commands(CLI::App& app, std::function<int()>& command) {
    CLI::App* token = app.add_subcommand("token", "Access tokens");
    token->require_subcommand(1);

    const auto email = std::make_shared<std::string>();
    CLI::App* issue =
        token->add_subcommand("issue", "Print an access token; registers an unknown address");
    issue->add_option("--email", *email, "Whose token")->required();
    issue->callback([&command, email] {
        command = [email] { return issue_token_for(load_config(), *email); };
    });

    const auto jwks = std::make_shared<std::string>();
    CLI::App* inspecting = token->add_subcommand(
        "inspect", "Judge tokens on standard input, one a line, as the server would");
    inspecting->add_option("--jwks", *jwks, "A file with a JSON Web Key Set, or a key")
        ->required()
        ->check(CLI::ExistingFile);
    inspecting->callback([&command, jwks] {
        command = [jwks] {
            return run_token_inspect(*jwks, now(), std::cin, std::cout, std::cerr);
        };
    });
}

} // namespace throughline
