#pragma once
#include "domain/id.hpp"
#include "handlers/import/source.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace throughline {

/// How an import is to be done (POST /{plural}/import).
struct ImportOptions {
    enum class OnDuplicate { skip, update, create };
    enum class Match { email, external_id };

    ColumnMapping mapping;
    OnDuplicate on_duplicate = OnDuplicate::skip;
    Match match = Match::email;
    std::string run_automations = "yes"; // yes, no, later
    bool dry_run = false;
};
/// As JSON and back, under the names of the route's parameters. Faults stand under "/<name>".
[[nodiscard]] Json to_json(const ImportOptions& options);
[[nodiscard]] Result<ImportOptions> read_import_options(const JsonObject& options);

/// A fault of one row, which begins at `line` of the file, from 1; 0: of the import as a whole.
struct ImportError {
    std::int64_t line = 0;
    std::string pointer;
    std::string code;
    std::string detail;
};
[[nodiscard]] Json to_json(const ImportError& error);

/// Rows wholly done, in the order of the file: also where a later run goes on.
struct ImportProgress {
    std::int64_t processed = 0;
    std::int64_t created = 0;
    std::int64_t updated = 0;
    std::int64_t unchanged = 0;
    std::int64_t skipped = 0;
    std::int64_t failed = 0;
    std::int64_t first_position = 0; // 0: nothing written yet
    std::int64_t last_position = 0;
};

/// An import, as the table `imports` has it.
struct ImportJob {
    Uuid id; // also the correlation id of all it writes
    Uuid tenant;
    Uuid user;
    std::string role = "owner"; // as the request had it: an API key's may be less than the user's
    std::string kind;
    ImportFormat format = ImportFormat::csv;
    std::string layout;
    std::vector<std::string> unmapped_columns;
    std::filesystem::path file;
    ImportOptions options;
    std::string idempotency_key; // empty for none
    std::string request_hash;
    std::string traceparent; // W3C trace context of the request that brought it

    std::string status = "queued"; // queued, running, completed, failed
    int run = 0;
    int deaths = 0; // of processes at it, this one until it leaves, since a row was done
    std::int64_t total_rows = 0;
    ImportProgress progress;
    std::int64_t error_count = 0;

    [[nodiscard]] bool is_finished() const { return status == "completed" || status == "failed"; }
};

/// The import as the API answers it.
[[nodiscard]] std::string import_json(const ImportJob& job,
                                      const std::vector<ImportError>& first_errors);

} // namespace throughline
