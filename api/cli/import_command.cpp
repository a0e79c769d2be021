#include "api/cli/import_command.hpp"

#include "api/cli/import.hpp"
#include "api/config.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

namespace throughline {

void add_import(CLI::App& app, const Registry& registry, std::function<int()>& command) {
    const auto options = std::make_shared<ImportCommand>();
    CLI::App* importing =
        app.add_subcommand("import", "Import a file of records (.csv, .vcf, .ndjson)");
    importing->add_option("file", options->file, "The file")->required()->check(CLI::ExistingFile);
    importing->add_option("--email", options->email, "Whose import it is")->required();
    importing->add_option("--tenant", options->tenant,
                          "Its slug, where they are active in several");
    importing->add_option("--kind", options->kind, "Of what kind, in the plural; contacts");
    importing->add_option("--on-duplicate", options->on_duplicate, "skip, update or create");
    importing->add_option("--match", options->match, "email or external_id");
    importing->add_option("--run-automations", options->run_automations, "yes, no or later");
    importing->add_flag("--dry-run", options->dry_run, "Count and report, write nothing");
    importing->callback([&registry, &command, options] {
        command = [&registry, options] {
            const Config config = load_config();
            return run_import(config.database_url, config.data_dir, registry, *options, std::cout,
                              std::cerr);
        };
    });
}

} // namespace throughline
