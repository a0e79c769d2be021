#include "api/cli/database_commands.hpp"

#include "api/cli/migrate.hpp"
#include "api/cli/rebuild.hpp"
#include "api/cli/rotate_secrets.hpp"
#include "api/cli/scrub.hpp"
#include "api/cli/verify.hpp"
#include "api/config.hpp"
#include "api/read_models.hpp"
#include "api/session/secret.hpp"
#include "handlers/secrets/secrets.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

namespace throughline {

namespace {

int rotate_secrets(const Config& config) {
    Database system(config.database_url, Role::system, 1);
    const KeyRing ring = key_ring(config.secret_keys, config.data_dir);
    Secrets secrets(system, ring);
    return run_rotate_secrets(secrets, std::cout, std::cerr);
}

void add_rebuild(CLI::App& app, const Registry& registry, std::function<int()>& command) {
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

} // namespace

void add_database_commands(CLI::App& app, const Registry& registry, std::function<int()>& command) {
    const auto add = [&](const std::string& name, const std::string& what,
                         std::function<int()> run) {
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
    add_rebuild(app, registry, command);
}

} // namespace throughline
