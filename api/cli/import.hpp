#pragma once
#include "domain/record/kind.hpp"

#include <filesystem>
#include <iosfwd>
#include <string>

namespace throughline {

struct ImportCommand {
    std::filesystem::path file;
    std::string email;  // whose import it is
    std::string tenant; // its slug; empty: the only one where they are active
    std::string kind = "contacts";
    std::string on_duplicate = "skip";
    std::string match = "email";
    std::string run_automations = "yes";
    bool dry_run = false;
};

/// `throughline import`: imports a file straight into the database, beside a running server or
/// without one. The file's format is told by its ending (.csv, .vcf, .ndjson). Prints the import
/// as the API answers it. Answers with the exit code: 0 when completed without a failed row.
[[nodiscard]] int run_import(const std::string& database_url, const std::filesystem::path& data_dir,
                             const Registry& registry, const ImportCommand& command,
                             std::ostream& out, std::ostream& err);

} // namespace throughline
