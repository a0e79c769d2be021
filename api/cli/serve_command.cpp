#include "api/cli/serve_command.hpp"

#include "api/config.hpp"
#include "api/serve.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <unistd.h>

namespace throughline {

namespace {

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

} // namespace

void add_serve(CLI::App& app, const Registry& registry, std::function<int()>& command) {
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

} // namespace throughline
